"""What ends a command with a sentence, and the sentence for what others raise.

OpsError          what was asked failed: exit 1
└── UsageError    it was asked for in a way that cannot be meant: exit 2
"""

from __future__ import annotations

from switchboard.errors import SecretsUnavailable, SwitchboardError, TwilioError, describe

ROLES = (
    "'Storage Queue Data Contributor', 'Storage Table Data Contributor' and 'Key Vault Secrets Officer'; "
    "a subscription's owner has none of them, and a new one takes minutes to take effect"
)


class OpsError(Exception):
    """The command cannot do it; the message says why, and what to do."""


class UsageError(OpsError):
    """The command was asked for in a way that cannot be meant."""


def explain(error: BaseException) -> str:
    """One sentence for an operator: what went wrong, and what to do where that is known."""
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
    """Whether this is a fault of the world, which `explain` has words for, and not a mistake of ours."""
    from azure.core.exceptions import AzureError

    return isinstance(error, (OpsError, SwitchboardError, AzureError))


def _remedy(error: BaseException | None) -> str:
    """What to do about what Azure's SDKs raise, "" when nothing is known."""
    from azure.core.exceptions import ClientAuthenticationError, HttpResponseError, ServiceRequestError

    if error is None:
        return ""
    if isinstance(error, ServiceRequestError):
        return "nobody answers there: is the name right, and with --local, is `make run` up?"
    if isinstance(error, HttpResponseError) and error.status_code == 403:
        return f"your login may not: it needs the roles {ROLES}"
    if isinstance(error, ClientAuthenticationError):
        return "your login was not accepted: run `az login`, with --tenant where the app is in another one"
    return ""
