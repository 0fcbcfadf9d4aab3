"""Key Vault's refusals with their remedies.

Azure's packages are imported when there is an error, which keeps them out of a cold start.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from switchboard.errors import SecretsUnavailable

if TYPE_CHECKING:
    from azure.core.exceptions import AzureError


@dataclass(frozen=True)
class Advice:
    """The remedies for faults of the caller's own identity. The app's differ from an operator's."""

    slow: str
    not_accepted: str
    forbidden: str


FOR_THE_APP = Advice(
    slow="the app's identity gave no token in time, so the vault was not asked; that passes by itself",
    not_accepted="the app's identity was not accepted; assign the app a managed identity of the vault's tenant, "
    "and set AZURE_CLIENT_ID to its client id",
    forbidden="the app may not read it; grant the app's identity the role 'Key Vault Secrets User' on the vault; "
    "that takes minutes to take effect",
)

# The remedy, by the inner code of a 403, else by the status.
REMEDIES: Mapping[str | int, str] = {
    "SecretDisabled": "disabled; enable it in the vault",
    "ForbiddenByFirewall": "the vault's firewall refuses this caller; let it through under Networking",
    "ForbiddenByConnection": "the vault takes no public connections; give the app a private endpoint under Networking",
    0: "the vault was not reached; check KEY_VAULT_URL and the vault's network rules",
    404: "absent; create it in the vault",
    429: "the vault throttles requests; that passes by itself",
}
NO_VAULT = "the answer is not a vault's; check KEY_VAULT_URL"


def refusal(subject: str, error: AzureError | OSError, advice: Advice) -> SecretsUnavailable:
    """Returns the error with its remedy. The SDK's own text is left out."""
    from azure.core.exceptions import ClientAuthenticationError

    status, reason = status_of(error), _reason_of(error)
    if isinstance(error, ClientAuthenticationError):
        problem = advice.not_accepted
    elif status == 403 and reason not in REMEDIES:
        problem = advice.forbidden
    else:
        problem = REMEDIES.get(reason) or REMEDIES.get(status) or f"the vault answered {status}; that passes by itself"
    return SecretsUnavailable(f"{subject}: {problem}", status=status, code=reason)


def status_of(error: AzureError | OSError) -> int:
    """Returns the HTTP status of the answer, 0 without an answer."""
    return getattr(error, "status_code", None) or 0


def _reason_of(error: AzureError | OSError) -> str:
    """Returns the inner code of Key Vault's error, "" without one."""
    inner = getattr(getattr(error, "error", None), "innererror", None)
    return str(inner.get("code", "")) if isinstance(inner, Mapping) else ""
