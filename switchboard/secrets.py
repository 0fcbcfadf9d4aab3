"""The secrets that webhooks and REST requests need: the protocol, and the one of a developer's machine.

In Azure they come from Key Vault (adapters/key_vault.py).
"""

from __future__ import annotations

from typing import Protocol

from switchboard.errors import ConfigurationError


class Secrets(Protocol):
    """Reads Twilio's secrets. Each method raises SecretsUnavailable while no value has ever been read."""

    async def auth_tokens(self) -> tuple[str, ...]:
        """Returns every auth token that may have signed a webhook, the primary first."""

    async def refreshed_auth_tokens(self) -> tuple[str, ...]:
        """Returns the auth tokens, read again unless that was done in the last minute: a rotation may have happened."""

    async def shared_keys(self) -> tuple[str, ...]:
        """Returns the shared key that may have signed a webhook in place of an auth token; none where none is used."""

    async def refreshed_shared_keys(self) -> tuple[str, ...]:
        """Returns the same, read again unless that was done in the last minute."""

    async def api_key_secret(self) -> str:
        """Returns the secret of TWILIO_API_KEY_SID."""

    async def check(self) -> None:
        """Checks that the secrets can be read now."""


class LocalSecrets:
    """The auth token of local.settings.json. Without a vault there are no other secrets."""

    def __init__(self, auth_token: str) -> None:
        self._tokens = (auth_token,)

    async def auth_tokens(self) -> tuple[str, ...]:
        """Returns the one token."""
        return self._tokens

    async def refreshed_auth_tokens(self) -> tuple[str, ...]:
        """Returns the one token; it changes only with a restart."""
        return self._tokens

    async def shared_keys(self) -> tuple[str, ...]:
        """Returns none: a shared key is read from Key Vault."""
        return ()

    async def refreshed_shared_keys(self) -> tuple[str, ...]:
        """Returns none."""
        return ()

    async def api_key_secret(self) -> str:
        """Raises ConfigurationError."""
        raise ConfigurationError("TWILIO_API_KEY_SID: needs KEY_VAULT_URL; the API key's secret is read from Key Vault")

    async def check(self) -> None:
        """Does nothing: the token is in the settings."""
