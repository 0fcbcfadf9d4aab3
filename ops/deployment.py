"""Finds a deployment: the local stack, or Azure by options, environment variables or azd, in that order.

Everything is found under the names of the app's own settings, so that the product's own code can read it.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from ops.errors import OpsError
from switchboard.settings import KEY_VAULT_URL, PUBLIC_BASE_URL, SETTINGS, STORAGE

_NAMES = {setting.field: setting.name for setting in SETTINGS}
ACCOUNT_SID = _NAMES["account_sid"]
QUEUE_ENDPOINT = f"{STORAGE}__queueServiceUri"
TABLE_ENDPOINT = f"{STORAGE}__tableServiceUri"
SENDERS = (_NAMES["sender"], _NAMES["messaging_service_sid"])
RETENTION_DAYS = _NAMES["retention_days"]
# Of agents in the browser.
CLIENT = (_NAMES["api_key_sid"], _NAMES["twiml_app_sid"], _NAMES["region"])
OPTIONAL = (*SENDERS, RETENTION_DAYS, *CLIENT)
AZD_SECONDS = 30

BY_AZD = "or run the command where `azd env get-values` prints it"
HOW_TO_SET = {
    QUEUE_ENDPOINT: f"the storage account: give --storage ACCOUNT, or set AZURE_STORAGE_ACCOUNT, {BY_AZD}",
    KEY_VAULT_URL: f"the key vault: give --vault NAME, or set KEY_VAULT_NAME, {BY_AZD}",
    PUBLIC_BASE_URL: f"the app: give --app NAME, or set AZURE_FUNCTION_APP_NAME or {PUBLIC_BASE_URL}, {BY_AZD}",
    ACCOUNT_SID: f"the Twilio account: set {ACCOUNT_SID}, {BY_AZD}",
}

Values = Mapping[str, str]


@dataclass(frozen=True)
class Options:
    """The options that every command has."""

    local: bool = False
    app: str = ""
    storage: str = ""
    vault: str = ""
    as_json: bool = False

    @property
    def naming(self) -> str:
        """The options that name this deployment in another command, as ` --local`; "" where none was given."""
        named = {"app": self.app, "storage": self.storage, "vault": self.vault}
        return " --local" if self.local else "".join(f" --{name} {value}" for name, value in named.items() if value)


@dataclass(frozen=True)
class Deployment:
    """A deployment. `environ` has the app's settings as far as they are known here."""

    local: bool
    environ: Values

    def __repr__(self) -> str:
        """Leaves account key and token out."""
        return f"Deployment(local={self.local})"

    def require(self, *names: str) -> None:
        """Raises OpsError, with the ways to set it, when one of these settings is unknown."""
        missing = [HOW_TO_SET[name] for name in names if not self.environ.get(name) and not self.local]
        if missing:
            raise OpsError("not known: " + "; ".join(missing))

    def refuse_local(self, reason: str) -> None:
        """Raises OpsError for the local stack."""
        if self.local:
            raise OpsError(f"not with --local: {reason}")


def find_deployment(options: Options, environ: Values, azd: Callable[[], Values] | None = None) -> Deployment:
    """Returns the deployment that the options name. Raises OpsError."""
    if options.local:
        return Deployment(True, _local_settings(environ))
    return Deployment(False, _azure_settings(options, environ, azd or azd_values))


def azd_values() -> Values:
    """Returns the output of `azd env get-values`, nothing without azd or an environment of it."""
    azd = shutil.which("azd")
    if azd is None:
        return {}
    try:
        done = subprocess.run(  # noqa: S603  # azd, by its absolute path
            [azd, "env", "get-values", "--no-prompt"], capture_output=True, text=True, timeout=AZD_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return {}
    return parse_lines(done.stdout) if done.returncode == 0 else {}


def parse_lines(lines: str) -> Values:
    """Reads lines of the form `NAME="value"`, as azd prints them."""
    pairs = (line.partition("=") for line in lines.splitlines() if "=" in line)
    return {name.strip(): value.strip().strip('"') for name, _, value in pairs}


def _local_settings(environ: Values) -> Values:
    """Returns the settings with the addresses of what runs. Raises OpsError."""
    from local.errors import LocalError
    from local.running import load
    from local.settings import ROOT

    found = dict(environ)
    try:
        load(ROOT, found)
    except LocalError as error:
        raise OpsError(str(error)) from error
    return found


def _azure_settings(options: Options, environ: Values, azd: Callable[[], Values]) -> Values:
    """Returns each setting from the first source that has it: an option, the environment, azd."""
    sources = [_from_options(options), _as_settings(environ)]
    wanted = (*HOW_TO_SET, *OPTIONAL)
    # azd takes seconds, and these have a default.
    needed = [name for name in wanted if name not in (RETENTION_DAYS, *CLIENT)]
    if not all(any(source.get(name) for source in sources) for name in needed):
        sources.append(_as_settings(azd()))
    names = (TABLE_ENDPOINT, *wanted)
    found = {name: next((source[name] for source in sources if source.get(name)), "") for name in names}
    return {name: value for name, value in found.items() if value}


def _from_options(options: Options) -> Values:
    named = {"AZURE_STORAGE_ACCOUNT": options.storage, "KEY_VAULT_NAME": options.vault}
    return _as_settings(named | {"AZURE_FUNCTION_APP_NAME": options.app})


def _as_settings(values: Values) -> Values:
    """Returns one source's values under the names of the app's settings. An endpoint has precedence over a name."""
    storage, vault = values.get("AZURE_STORAGE_ACCOUNT", ""), values.get("KEY_VAULT_NAME", "")
    app = values.get("AZURE_FUNCTION_APP_NAME", "")
    return {
        QUEUE_ENDPOINT: values.get("QUEUE_ENDPOINT", "") or (storage and f"https://{storage}.queue.core.windows.net"),
        TABLE_ENDPOINT: values.get("TABLE_ENDPOINT", "") or (storage and f"https://{storage}.table.core.windows.net"),
        KEY_VAULT_URL: values.get(KEY_VAULT_URL, "") or (vault and f"https://{vault}.vault.azure.net"),
        PUBLIC_BASE_URL: values.get(PUBLIC_BASE_URL, "").rstrip("/")
        or _above_api(values.get("HEALTH_URL", ""))
        or (app and f"https://{app}.azurewebsites.net"),
        **{name: values.get(name, "") for name in (ACCOUNT_SID, *OPTIONAL)},
    }


def _above_api(health_url: str) -> str:
    """Returns the URL before the app's routes: an origin and, behind a gateway, a path."""
    return health_url.removesuffix("/api/health") if urlsplit(health_url).netloc else ""
