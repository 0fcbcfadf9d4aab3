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


class OpsError(Exception):
    """The command failed. The message gives the reason, and what to do."""


class UsageError(OpsError):
    """The arguments of the command are invalid."""


def explain(error: BaseException) -> str:
    """Returns one sentence for an operator: the problem, and what to do where that is known."""
    if isinstance(error, OpsError):
        return str(error)
    if isinstance(error, TwilioError):
        return f"Twilio: {error.twilio_message} (code {error.code}, status {error.status})"
    if isinstance(error, SecretsUnavailable):
        return str(error)  # contains its remedy
    if isinstance(error, SwitchboardError):
        return "; ".join(filter(None, (str(error), _remedy(error.__cause__))))
    remedy = _remedy(error)
    return f"{type(error).__name__}: {remedy}" if remedy else describe(error)


def is_expected(error: BaseException) -> bool:
    """Returns whether `explain` has a sentence for it; any other error is a bug."""
    from azure.core.exceptions import AzureError

    return isinstance(error, (OpsError, SwitchboardError, AzureError))


def _remedy(error: BaseException | None) -> str:
    """Returns what to do about an error of Azure's SDKs, "" when that is not known."""
    from azure.core.exceptions import ClientAuthenticationError, HttpResponseError, ServiceRequestError

    if error is None:
        return ""
    if isinstance(error, ServiceRequestError):
        return "no connection: is the name right, and with --local, is `make run` running?"
    if isinstance(error, HttpResponseError) and error.status_code == 403:
        return f"access denied: your login needs the roles {ROLES}"
    if isinstance(error, ClientAuthenticationError):
        return "your login was not accepted: run `az login`, with --tenant if the app is in another tenant"
    return ""
