"""Settings from the environment: typed, frozen, and an error that names what is missing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

import msgspec

from switchboard import prompts
from switchboard.errors import ConfigurationError

E164 = re.compile(r"\+[1-9][0-9]{6,14}")
LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What the app is told by its settings. Absent and empty are the same.

    `public_origin` is scheme and host as Twilio sees them, without a slash at its end. `local` is true on a
    developer's machine only (AZURE_FUNCTIONS_ENVIRONMENT=Development, which `func start` sets too). `ignored` names
    settings of the call flow that are wrong and were left at their default: a typing error there must not take the
    phone line down. `claim_seconds` is how long a claim of the delivery record lives, `settle_seconds` how long an
    unknown outcome is left to settle before each look, `retention_days` how long a record is kept after its end.
    """

    account_sid: str
    public_origin: str
    local: bool = False
    key_vault_url: str = ""
    auth_token: str = ""
    api_key_sid: str = ""
    sender: str = ""
    messaging_service_sid: str = ""
    api_base_url: str = ""
    operator_number: str = ""
    voice_language: str = "en"
    voice_name: str = ""
    blocked_callers: frozenset[str] = frozenset()
    allowed_destinations: tuple[str, ...] = ()
    claim_seconds: float = 120
    settle_seconds: float = 300
    retention_days: int = 30
    ignored: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Nothing that a log must not hold."""
        return f"Settings(local={self.local})"

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Settings:
        """Read and check every setting; raise one ConfigurationError that names all that is wrong."""
        problems: list[str] = []
        ignored: list[str] = []
        read = _Reader(environ, problems)
        flow = _Reader(environ, ignored)
        local = environ.get("AZURE_FUNCTIONS_ENVIRONMENT") == "Development"
        settings = cls(
            account_sid=read.matching(
                "TWILIO_ACCOUNT_SID", r"AC[0-9a-fA-F]{32}", "AC and 32 hex digits", required=True
            ),
            public_origin=read.public_origin(local),
            local=local,
            key_vault_url=read.matching("KEY_VAULT_URL", r"https://[^/]+/?", "https://<vault>.vault.azure.net"),
            auth_token=read.local_only("TWILIO_AUTH_TOKEN", local),
            api_key_sid=read.matching("TWILIO_API_KEY_SID", r"SK[0-9a-fA-F]{32}", "SK and 32 hex digits"),
            sender=read.text("TWILIO_FROM"),
            messaging_service_sid=read.matching(
                "TWILIO_MESSAGING_SERVICE_SID", r"MG[0-9a-fA-F]{32}", "MG and 32 hex digits"
            ),
            api_base_url=read.loopback("TWILIO_API_BASE_URL", local),
            operator_number=flow.matching("OPERATOR_NUMBER", E164.pattern, "E.164, as +351211234567"),
            voice_language=flow.language("VOICE_LANGUAGE"),
            voice_name=flow.text("VOICE_NAME"),
            blocked_callers=frozenset(flow.items("BLOCKED_CALLERS", E164, "E.164 numbers, as +351211234567")),
            allowed_destinations=read.items(
                "ALLOWED_DESTINATIONS", re.compile(r"\+[0-9]{1,15}"), "country prefixes, as +351,+1"
            ),
            claim_seconds=read.number("DELIVERY_CLAIM_SECONDS", 120, 4, 3600),
            settle_seconds=read.number("DELIVERY_SETTLE_SECONDS", 300, 1, 86_400),
            retention_days=read.number("RETENTION_DAYS", 30, 8, 36_500),
            ignored=tuple(ignored),
        )
        if not settings.auth_token and not read.text("KEY_VAULT_URL"):
            problems.append("KEY_VAULT_URL: not set; it says where the auth token is read from")
        if problems:
            raise ConfigurationError("; ".join(problems))
        return settings


class _Reader(msgspec.Struct, frozen=True):
    """Reads one kind of setting each, and notes what is wrong with it by name, never by value."""

    environ: Mapping[str, str]
    problems: list[str]

    def text(self, name: str) -> str:
        return self.environ.get(name, "").strip()

    def matching(self, name: str, pattern: str, expected: str, *, required: bool = False) -> str:
        value = self.text(name)
        if not value and required:
            self.problems.append(f"{name}: not set; expected {expected}")
        if value and not re.fullmatch(pattern, value):
            self.problems.append(f"{name}: expected {expected}")
            return ""
        return value

    def items(self, name: str, pattern: re.Pattern[str], expected: str) -> tuple[str, ...]:
        values = tuple(item for item in re.split(r"[,;\s]+", self.text(name)) if item)
        if not all(pattern.fullmatch(value) for value in values):
            self.problems.append(f"{name}: expected {expected}, separated by commas")
        return tuple(value for value in values if pattern.fullmatch(value))

    def number(self, name: str, default: int, least: int, most: int) -> int:
        value = self.text(name)
        if not value:
            return default
        if not (value.isascii() and value.isdigit() and len(value) < 10 and least <= int(value) <= most):
            self.problems.append(f"{name}: expected a whole number from {least} to {most}")
            return default
        return int(value)

    def local_only(self, name: str, local: bool) -> str:
        value = self.text(name)
        if value and not local:
            self.problems.append(f"{name}: for a developer's machine only; in Azure the secret is read from Key Vault")
        return value

    def loopback(self, name: str, local: bool) -> str:
        value = self.local_only(name, local).rstrip("/")
        if value and _host(value) not in LOOPBACK_HOSTS:
            self.problems.append(f"{name}: only a loopback address is accepted, as http://127.0.0.1:7072")
        return value

    def language(self, name: str) -> str:
        value = self.text(name) or "en"
        if prompts.find(value) is None:
            self.problems.append(f"{name}: there are prompts for {', '.join(sorted(prompts.LANGUAGES))} only")
            return "en"
        return value

    def public_origin(self, local: bool) -> str:
        value = self.text("PUBLIC_BASE_URL").rstrip("/")
        if not value:
            host = self.text("WEBSITE_HOSTNAME")
            if not host:
                self.problems.append("PUBLIC_BASE_URL: not set, and there is no WEBSITE_HOSTNAME to take its place")
            return f"https://{host}"
        host = _host(value)
        secure = value.startswith("https://") or (value.startswith("http://") and local)
        if not secure or not host or not re.fullmatch(r"https?://[^/?#@\s]+", value):
            self.problems.append(
                "PUBLIC_BASE_URL: expected an https origin without a path, as https://voice.example.com"
            )
        return value


def _host(url: str) -> str:
    """The host of a URL, empty when the URL is not one."""
    try:
        parts = urlsplit(url)
        return (parts.hostname or "") if parts.port != 0 else ""
    except ValueError:
        return ""
