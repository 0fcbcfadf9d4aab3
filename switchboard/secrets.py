"""The secrets that webhooks and REST requests need: the protocol, and the one of a developer's machine.

In Azure they come from Key Vault (adapters/key_vault.py).
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import msgspec

from switchboard.errors import ConfigurationError

# Of a developer's machine: git-ignored, readable by its owner only, with the names that secrets have in the vault.
LOCAL_SECRETS = "local.secrets.json"


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

    async def agent_keys(self) -> str:
        """Returns the JSON of the agents' keys, "" without any; see client/agent_keys.py."""

    async def check(self) -> None:
        """Checks that the secrets can be read now."""


class LocalSecretsFile(msgspec.Struct, frozen=True, omit_defaults=True):
    """local.secrets.json. `agent_keys` is as in the vault."""

    api_key_secret: str = msgspec.field(default="", name="twilio-api-key-secret")
    agent_keys: msgspec.Raw = msgspec.field(default=msgspec.Raw(b""), name="agent-keys")


class LocalSecrets:
    """The auth token of local.settings.json, and the secrets of local.secrets.json, read again when it changes.

    `with_api_key` makes `check` read the API key's secret.
    """

    def __init__(self, auth_token: str, file: Path, *, with_api_key: bool = False) -> None:
        self._tokens = (auth_token,)
        self._file = file
        self._with_api_key = with_api_key
        self._version: int | None = None
        self._read = LocalSecretsFile()

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
        """Returns the secret in the file. Raises ConfigurationError without it."""
        secret = self._current().api_key_secret
        if not secret:
            raise ConfigurationError(
                f"TWILIO_API_KEY_SID: its secret is not in {LOCAL_SECRETS}: `make run` creates it; in Azure it is read "
                "from Key Vault, which needs KEY_VAULT_URL"
            )
        return secret

    async def agent_keys(self) -> str:
        """Returns the keys in the file."""
        return bytes(self._current().agent_keys).decode()

    async def check(self) -> None:
        """Reads the API key's secret if there is an API key. Raises ConfigurationError."""
        if self._with_api_key:
            await self.api_key_secret()

    def _current(self) -> LocalSecretsFile:
        """Returns what the file has now. Raises ConfigurationError for one that is not JSON of this form."""
        try:
            version = self._file.stat().st_mtime_ns
            if version != self._version:
                self._read = msgspec.json.decode(self._file.read_bytes(), type=LocalSecretsFile)
                self._version = version
        except FileNotFoundError:
            return LocalSecretsFile()
        except (OSError, msgspec.MsgspecError) as error:
            raise ConfigurationError(f"{LOCAL_SECRETS}: not readable as a JSON object of secrets") from error
        return self._read
