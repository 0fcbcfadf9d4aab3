"""Where things are: on this machine, or in Azure by option, environment variable or azd, in that order.

Whichever it is, it is told in the names that the app itself reads, so that the product's own code opens it.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from ops.errors import OpsError

QUEUES = "AzureWebJobsStorage__queueServiceUri"
TABLES = "AzureWebJobsStorage__tableServiceUri"
VAULT = "KEY_VAULT_URL"
ORIGIN = "PUBLIC_BASE_URL"
ACCOUNT = "TWILIO_ACCOUNT_SID"
SENDERS = ("TWILIO_FROM", "TWILIO_MESSAGING_SERVICE_SID")
AZD_SECONDS = 30

BY_AZD = "or run it where `azd env get-values` knows it"
HOW_TO_SAY = {
    QUEUES: f"where storage is: give --storage ACCOUNT, or set AZURE_STORAGE_ACCOUNT, {BY_AZD}",
    VAULT: f"where the vault is: give --vault NAME, or set KEY_VAULT_NAME, {BY_AZD}",
    ORIGIN: f"where the app is: give --app NAME, or set AZURE_FUNCTION_APP_NAME or PUBLIC_BASE_URL, {BY_AZD}",
    ACCOUNT: f"which Twilio account it is: set TWILIO_ACCOUNT_SID, {BY_AZD}",
}

Values = Mapping[str, str]


@dataclass(frozen=True)
class Options:
    """What was said on the command line."""

    local: bool = False
    app: str = ""
    storage: str = ""
    vault: str = ""
    as_json: bool = False


@dataclass(frozen=True)
class Place:
    """One deployment. `environ` has the app's own settings as far as they are known here."""

    local: bool
    environ: Values

    def __repr__(self) -> str:
        """Not the account key, nor a token."""
        return f"Place(local={self.local})"

    def require(self, *names: str) -> None:
        """Raise OpsError, which says how to say it, unless these settings are known."""
        missing = [HOW_TO_SAY[name] for name in names if not self.environ.get(name) and not self.local]
        if missing:
            raise OpsError("it is not known " + "; nor ".join(missing))

    def refuse_local(self, why: str) -> None:
        """Raise OpsError when this is a developer's machine."""
        if self.local:
            raise OpsError(f"not with --local: {why}")


def find(options: Options, environ: Values, azd: Callable[[], Values] | None = None) -> Place:
    """The place that the options mean. Raises OpsError."""
    if options.local:
        return Place(True, _of_this_machine(environ))
    return Place(False, _in_azure(options, environ, azd or azd_values))


def azd_values() -> Values:
    """What `azd env get-values` says; nothing where there is no azd, or no environment of it."""
    azd = shutil.which("azd")
    if azd is None:
        return {}
    try:
        done = subprocess.run(  # noqa: S603  # azd, by its whole path
            [azd, "env", "get-values", "--no-prompt"], capture_output=True, text=True, timeout=AZD_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return {}
    return parse(done.stdout) if done.returncode == 0 else {}


def parse(lines: str) -> Values:
    """`NAME="value"` lines, as azd and .env files have them."""
    pairs = (line.partition("=") for line in lines.splitlines() if "=" in line)
    return {name.strip(): value.strip().strip('"') for name, _, value in pairs}


def _of_this_machine(environ: Values) -> Values:
    from local import settings
    from local.errors import LocalError

    found = dict(environ)
    try:
        settings.load(settings.ROOT, found)
    except LocalError as error:
        raise OpsError(str(error)) from error
    return found


def _in_azure(options: Options, environ: Values, azd: Callable[[], Values]) -> Values:
    """The same settings from the first source that has them: an option, the environment, azd."""
    sources = [_from_options(options), _in_the_apps_names(environ)]
    wanted = (*HOW_TO_SAY, *SENDERS)
    if not all(any(source.get(name) for source in sources) for name in wanted):
        sources.append(_in_the_apps_names(azd()))
    found = {name: next((source[name] for source in sources if source.get(name)), "") for name in (TABLES, *wanted)}
    return {name: value for name, value in found.items() if value}


def _from_options(options: Options) -> Values:
    named = {"AZURE_STORAGE_ACCOUNT": options.storage, "KEY_VAULT_NAME": options.vault}
    return _in_the_apps_names(named | {"AZURE_FUNCTION_APP_NAME": options.app})


def _in_the_apps_names(values: Values) -> Values:
    """What one source says, in the names that the app reads; endpoints go before names, as they say more."""
    storage, vault = values.get("AZURE_STORAGE_ACCOUNT", ""), values.get("KEY_VAULT_NAME", "")
    app = values.get("AZURE_FUNCTION_APP_NAME", "")
    return {
        QUEUES: values.get("QUEUE_ENDPOINT", "") or (storage and f"https://{storage}.queue.core.windows.net"),
        TABLES: values.get("TABLE_ENDPOINT", "") or (storage and f"https://{storage}.table.core.windows.net"),
        VAULT: values.get(VAULT, "") or (vault and f"https://{vault}.vault.azure.net"),
        ORIGIN: values.get(ORIGIN, "").rstrip("/")
        or _above_api(values.get("HEALTH_URL", ""))
        or (app and f"https://{app}.azurewebsites.net"),
        **{name: values.get(name, "") for name in (ACCOUNT, *SENDERS)},
    }


def _above_api(health_url: str) -> str:
    """What stands before the app's routes: an origin and, behind a gateway, a path."""
    return health_url.removesuffix("/api/health") if urlsplit(health_url).netloc else ""
