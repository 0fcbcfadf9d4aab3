"""Settings from the environment: one declared table, read into one frozen struct.

README, local.settings.example.json and infra/ are tested against the table.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Literal

import msgspec

from switchboard.addresses import E164, MESSAGING_SERVICE
from switchboard.errors import ConfigurationError
from switchboard.text import whole_number
from switchboard.urls import is_loopback, split_url

# Settings of earlier versions, and the field of numbers.toml that replaces each.
MOVED = {"VOICE_LANGUAGE": "language", "VOICE_NAME": "voice", "BLOCKED_CALLERS": "blocked"}

DEFAULT_RETENTION_DAYS = 30

# Twilio's regions, and the edge that is nearest to each. https://www.twilio.com/docs/global-infrastructure
EDGES = {"us1": "ashburn", "ie1": "dublin", "au1": "sydney"}

Where = Literal["everywhere", "local", "azure"]
Parse = Callable[[str], tuple[object, str]]


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The settings, read and checked. An empty setting is an absent one.

    `public_origin` is what Twilio calls, up to `/api` and without a trailing slash: scheme, host and, behind a gateway,
    a path. `local` is true only on a
    developer's machine (AZURE_FUNCTIONS_ENVIRONMENT=Development, which `func start` sets too). `ignored` lists problems
    of call flow settings that have their default instead: a typing error there must not take the phone line down.
    `moved` lists settings that are no longer read, and where what they say belongs now.
    """

    account_sid: str
    public_origin: str
    local: bool = False
    key_vault_url: str = ""
    auth_token: str = ""
    api_key_sid: str = ""
    twiml_app_sid: str = ""
    region: str = ""
    sender: str = ""
    messaging_service_sid: str = ""
    api_base_url: str = ""
    operator_number: str = ""
    allowed_destinations: tuple[str, ...] = ()
    claim_seconds: float = 120
    settle_seconds: float = 300
    retention_days: int = DEFAULT_RETENTION_DAYS
    ignored: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Shows nothing that a log must not contain."""
        return f"Settings(local={self.local})"

    @property
    def edge(self) -> str:
        """The edge of Twilio's network that is in the region; "" without a region."""
        return EDGES.get(self.region, "")

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Settings:
        """Reads and checks every setting. Raises one ConfigurationError that names every problem."""
        return _read(environ)


class Setting(msgspec.Struct, frozen=True):
    """One setting: its name, the field of `Settings` that it fills, what it means, and how it is read.

    `parse` returns a value and a problem, "" without one. `where` says in which environment it may be set. A problem of
    a setting with `is_fatal` false leaves the default in place and is logged.
    """

    name: str
    field: str
    about: str
    parse: Parse
    where: Where = "everywhere"
    is_required: bool = False
    is_fatal: bool = True


def _text(value: str) -> tuple[object, str]:
    return value, ""


def _matching(pattern: str, expected: str) -> Parse:
    def parse(value: str) -> tuple[object, str]:
        return (value, "") if re.fullmatch(pattern, value) else ("", f"expected {expected}")

    return parse


def _list_of(pattern: str, expected: str) -> Parse:
    def parse(value: str) -> tuple[object, str]:
        items = [item for item in re.split(r"[,;\s]+", value) if item]
        valid = tuple(item for item in items if re.fullmatch(pattern, item))
        is_valid = all(re.fullmatch(pattern, item) for item in items)
        return valid, "" if is_valid else f"expected {expected}, separated by commas"

    return parse


def _number(least: int, most: int) -> Parse:
    def parse(value: str) -> tuple[object, str]:
        number = whole_number(value)
        if number is None or not least <= number <= most:
            return None, f"expected a whole number from {least} to {most}"
        return number, ""

    return parse


def _loopback_url(value: str) -> tuple[object, str]:
    problem = "" if is_loopback(value) else "only a loopback address is accepted, as http://127.0.0.1:7072"
    return value.rstrip("/"), problem


_EXPECTED_URL = "an https URL, as https://voice.example.com or https://gateway.example.com/twilio"


def _base_url(value: str) -> tuple[object, str]:
    """Reads an origin and, behind a gateway, the path in front of `/api`."""
    url = value.rstrip("/")
    if url.endswith("/api"):
        return url, "expected the URL without /api, which the routes begin with"
    if split_url(url) and re.fullmatch(r"https?://[^/?#@\s]+(/[A-Za-z0-9._~%-]+)*", url):
        return url, ""
    return url, f"expected {_EXPECTED_URL}"


PUBLIC_BASE_URL = "PUBLIC_BASE_URL"
KEY_VAULT_URL = "KEY_VAULT_URL"
STORAGE = "AzureWebJobsStorage"

SETTINGS = (
    Setting(
        "TWILIO_ACCOUNT_SID",
        "account_sid",
        "required",
        _matching(r"AC[0-9a-fA-F]{32}", "AC and 32 hex digits"),
        is_required=True,
    ),
    Setting(
        KEY_VAULT_URL,
        "key_vault_url",
        "the vault that `twilio-auth-token` is read from; required in Azure",
        _matching(r"https://[^/]+/?", "https://<vault>.vault.azure.net"),
    ),
    Setting(
        PUBLIC_BASE_URL,
        "public_origin",
        "the URL that Twilio calls, up to `/api`; default `https://$WEBSITE_HOSTNAME`",
        _base_url,
    ),
    Setting("TWILIO_FROM", "sender", "the default sender: a number", _text),
    Setting(
        "TWILIO_MESSAGING_SERVICE_SID",
        "messaging_service_sid",
        "the default sender of texts: a messaging service",
        _matching(MESSAGING_SERVICE, "MG and 32 hex digits"),
    ),
    Setting(
        "TWILIO_API_KEY_SID",
        "api_key_sid",
        "optional: REST requests by API key, its secret in the vault as `twilio-api-key-secret`",
        _matching(r"SK[0-9a-fA-F]{32}", "SK and 32 hex digits"),
    ),
    Setting(
        "TWILIO_TWIML_APP_SID",
        "twiml_app_sid",
        "optional: agents in the browser; `ops point` makes it",
        _matching(r"AP[0-9a-fA-F]{32}", "AP and 32 hex digits"),
        is_fatal=False,
    ),
    Setting(
        "TWILIO_REGION",
        "region",
        "optional: `us1`, `ie1` or `au1`",
        _matching("|".join(EDGES), ", ".join(EDGES)),
        is_fatal=False,
    ),
    Setting(
        "OPERATOR_NUMBER",
        "operator_number",
        "the number that the `numbers.toml` of this repository rings",
        _matching(E164, "E.164, as +351211234567"),
        is_fatal=False,
    ),
    Setting(
        "ALLOWED_DESTINATIONS",
        "allowed_destinations",
        "prefixes that may be texted or called, as `+351,sip:`; absent: any",
        _list_of(r"\+[0-9]{1,15}|sip:", "country prefixes, as +351,+1, or sip:"),
    ),
    Setting("DELIVERY_CLAIM_SECONDS", "claim_seconds", "how long a claim is valid: 120", _number(4, 3600)),
    Setting(
        "DELIVERY_SETTLE_SECONDS",
        "settle_seconds",
        "how long an unknown outcome waits for a status callback: 300",
        _number(1, 86_400),
    ),
    Setting(
        "RETENTION_DAYS", "retention_days", "how long a delivery record is kept: 30, at least 8", _number(8, 36_500)
    ),
    Setting("TWILIO_AUTH_TOKEN", "auth_token", "on a developer's machine only: the auth token", _text, where="local"),
    Setting(
        "TWILIO_API_BASE_URL",
        "api_base_url",
        "on a developer's machine only: the stand-in's address",
        _loopback_url,
        where="local",
    ),
)
# Read by the Functions host and by adapters/storage_connection.py, and not a field of `Settings`.
STORAGE_SETTINGS = {
    STORAGE: "a connection string, or the identity form: the three settings below",
    f"{STORAGE}__queueServiceUri": "the queue endpoint, in Azure",
    f"{STORAGE}__tableServiceUri": "the table endpoint, in Azure",
    f"{STORAGE}__clientId": "the client id of the app's identity, in Azure",
}


def _read(environ: Mapping[str, str]) -> Settings:
    is_local = environ.get("AZURE_FUNCTIONS_ENVIRONMENT") == "Development"
    problems: list[str] = []
    ignored: list[str] = []
    fields: dict[str, object] = {"public_origin": _default_origin(environ)}
    for setting in SETTINGS:
        text = environ.get(setting.name, "").strip()
        found = problems if setting.is_fatal else ignored
        value, problem = setting.parse(text) if text else (None, "not set" if setting.is_required else "")
        if text and setting.where == "local" and not is_local:
            problem = "for a developer's machine only; in Azure the secret is read from Key Vault"
        if problem:
            found.append(f"{setting.name}: {problem}")
        if value is not None:
            fields[setting.field] = value
    problems += _problems_together(fields, is_local, KEY_VAULT_URL in environ and bool(environ[KEY_VAULT_URL].strip()))
    if problems:
        raise ConfigurationError("; ".join(problems))
    fields |= {"local": is_local, "ignored": tuple(ignored), "moved": _moved(environ)}
    return msgspec.convert(fields, Settings)


def _moved(environ: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(
        f"{name}: no longer read; write {field} = … in numbers.toml"
        for name, field in MOVED.items()
        if environ.get(name, "").strip()
    )


def _problems_together(fields: Mapping[str, object], is_local: bool, names_vault: bool) -> list[str]:
    """Returns what is wrong with settings that depend on each other."""
    problems = []
    origin = str(fields["public_origin"])
    if not origin:
        problems.append(f"{PUBLIC_BASE_URL}: not set, and there is no WEBSITE_HOSTNAME to take its place")
    elif origin.startswith("http://") and not is_local:
        problems.append(f"{PUBLIC_BASE_URL}: expected {_EXPECTED_URL}")
    if not fields.get("auth_token") and not names_vault:
        problems.append(f"{KEY_VAULT_URL}: not set; it says where the auth token is read from")
    return problems


def _default_origin(environ: Mapping[str, str]) -> str:
    """Returns the origin of the host name that Azure gives the app, "" without one."""
    host = environ.get("WEBSITE_HOSTNAME", "").strip()
    return f"https://{host}" if host else ""
