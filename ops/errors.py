"""Errors that end a command with a sentence, and the sentences for errors that others raise.

OpsError          the command failed: exit code 1
└── UsageError    its arguments make no sense together: exit code 2
"""

from __future__ import annotations

from switchboard.errors import SecretsUnavailable, SwitchboardError, TwilioError, describe

ROLES = (
    "'Storage Queue Data Contributor', 'Storage Table Data Contributor' and 'Key Vault Secrets Officer'; "
    "an owner of the subscription does not have them, and a new one takes minutes to take effect"
)
NO_LOGIN = (
    "you are not logged in to Azure, or the login has ended: run `az login`, with --tenant if the app is in another "
    "tenant"
)
NOT_RUNNING = "the local stack is not running: start it with `make run`"


class OpsError(Exception):
    """The command failed. The message gives the reason, and what to do."""


class UsageError(OpsError):
    """The arguments of the command are invalid."""


def explain(error: BaseException, *, local: bool = False) -> str:
    """Returns one sentence for an operator: the problem, and what to do where that is known.

    A missing login has one sentence, whatever needed it. `local`: the command was for the local stack.
    """
    if is_login_missing(error):
        return NO_LOGIN
    if isinstance(error, OpsError):
        return str(error)
    if isinstance(error, TwilioError):
        return f"Twilio: {error.twilio_message} (code {error.code}, status {error.status})"
    if isinstance(error, SecretsUnavailable):
        return str(error)  # contains its remedy
    if isinstance(error, SwitchboardError):
        remedy = _remedy(error.__cause__, local)
        return remedy if remedy == NOT_RUNNING else "; ".join(filter(None, (str(error), remedy)))
    remedy = _remedy(error, local)
    return f"{type(error).__name__}: {remedy}" if remedy else describe(error)


def is_expected(error: BaseException) -> bool:
    """Returns whether `explain` has a sentence for it; any other error is a bug."""
    from azure.core.exceptions import AzureError

    return isinstance(error, (OpsError, SwitchboardError, AzureError))


def is_login_missing(error: BaseException | None) -> bool:
    """Returns whether Azure's SDK found no login: then nothing was requested."""
    from azure.core.exceptions import ClientAuthenticationError

    while error is not None:
        # With an answer, a service refused the login.
        if isinstance(error, ClientAuthenticationError) and error.response is None:
            return True
        error = error.__cause__
    return False


def _remedy(error: BaseException | None, local: bool) -> str:
    """Returns what to do about an error of Azure's SDKs, "" when that is not known."""
    from azure.core.exceptions import ClientAuthenticationError, HttpResponseError, ServiceRequestError

    if error is None:
        return ""
    if isinstance(error, ServiceRequestError):
        return _no_connection(local)
    if isinstance(error, HttpResponseError) and error.status_code == 403:
        return f"access denied: your login needs the roles {ROLES}"
    if isinstance(error, ClientAuthenticationError):
        return "your login was not accepted: run `az login`, with --tenant if the app is in another tenant"
    return ""


def _no_connection(local: bool) -> str:
    from local.running import is_running

    if not local:
        return "no connection: is the name right?"
    if not is_running():
        return NOT_RUNNING
    return "no connection, while `make run` is up: it starts or stops, or the environment has another address"
