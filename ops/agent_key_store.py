"""The hashes of agents' keys: in Key Vault, or in the local stack's file.

A vault replaces a secret as a whole and takes no condition: two operators at the same time can overwrite each other. So
what was written is read again after a moment, and written again where it is missing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from ops.errors import OpsError
from ops.vault import Vault
from switchboard.adapters.key_vault import AGENT_KEYS
from switchboard.client import agent_keys
from switchboard.client.agent_keys import AgentKeys
from switchboard.errors import ConfigurationError

# How long another operator's write may take that began before ours ended.
SETTLE_SECONDS = 2.0
MOST_TRIES = 3

Change = Callable[[AgentKeys], AgentKeys]
Holds = Callable[[AgentKeys], bool]


class AgentKeyStore(Protocol):
    """Reads and changes the keys. Each method raises OpsError."""

    async def read(self) -> AgentKeys:
        """Returns the keys by agent."""

    async def change(self, change: Change, holds: Holds) -> None:
        """Replaces the keys by what `change` makes of them, until `holds` is true of what is stored."""


class VaultKeys:
    """The vault's secret `agent-keys`."""

    def __init__(self, vault: Vault, settle_seconds: float = SETTLE_SECONDS) -> None:
        self._vault = vault
        self._settle_seconds = settle_seconds

    async def read(self) -> AgentKeys:
        """Returns the keys; none without the secret."""
        secret = await self._vault.read(AGENT_KEYS)
        try:
            return agent_keys.parse(secret.value if secret else "")
        except ConfigurationError as error:
            raise OpsError(str(error)) from error

    async def change(self, change: Change, holds: Holds) -> None:
        """Writes the changed keys, and checks after a moment that nobody has overwritten them."""
        for _ in range(MOST_TRIES):
            await self._vault.write(AGENT_KEYS, agent_keys.write(change(await self.read())))
            await asyncio.sleep(self._settle_seconds)
            if holds(await self.read()):
                return
        raise OpsError("somebody else changes the agents' keys at the same time: run the command again")


class LocalKeys:
    """The keys in local.secrets.json."""

    def __init__(self, file: Path) -> None:
        self._file = file

    async def read(self) -> AgentKeys:
        """Returns the keys; none without the file."""
        from local.errors import LocalError
        from local.local_secrets import keys

        try:
            return keys(self._file)
        except LocalError as error:
            raise OpsError(str(error)) from error

    async def change(self, change: Change, holds: Holds) -> None:
        """Writes the changed keys under a lock, so that they hold."""
        from local.errors import LocalError
        from local.local_secrets import change_keys

        try:
            change_keys(self._file, change)
        except LocalError as error:
            raise OpsError(str(error)) from error
