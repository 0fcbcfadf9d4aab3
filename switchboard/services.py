"""Builds the real edges, once per worker, each when it is first asked for. Tests put their own in their place.

A webhook's cold start loads none of the heavier packages: an adapter is imported by the property that builds it.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cached_property
from random import SystemRandom
from typing import TYPE_CHECKING, Protocol

from switchboard import orders
from switchboard.clock import SystemClock
from switchboard.delivery import Delivery, status_url
from switchboard.errors import ConfigurationError
from switchboard.health import Health
from switchboard.housekeeping import Gauge, Housekeeping
from switchboard.ledger import Ledger, OptOuts
from switchboard.line import Line
from switchboard.opt_outs import OptOutDesk
from switchboard.orders import POISON, QueueMessage
from switchboard.outbox import FOREVER, Outbox
from switchboard.poison import Poison
from switchboard.progress import Progress
from switchboard.reconciliation import Reconciliation
from switchboard.rest import Twilio
from switchboard.settings import Settings
from switchboard.settlement import Settlement
from switchboard.twimlets.holdmusic import HoldMusic
from switchboard.voice import CallFlow

if TYPE_CHECKING:
    from switchboard.adapters.queue_outbox import QueueOutbox
    from switchboard.adapters.storage_connection import StorageConnection
    from switchboard.adapters.table_ledger import Tables

logger = logging.getLogger(__name__)

# How long a message waits before it is tried again with settings that may have been mended.
POSTPONED_SECONDS = 120


class Secrets(Protocol):
    """Where the auth tokens come from. Each raises SecretsUnavailable while no value has ever been read."""

    async def auth_tokens(self) -> tuple[str, ...]:
        """Every token that may have signed a webhook, the primary first."""

    async def refreshed_auth_tokens(self) -> tuple[str, ...]:
        """The same, read anew unless that was done within a minute: a rotation may have happened."""

    async def api_key_secret(self) -> str:
        """The secret of TWILIO_API_KEY_SID."""

    async def check(self) -> None:
        """Whether secrets can be read at this moment."""


class Services:
    """The edges of one worker, and what is built from its settings. Bound to the event loop they are first used on."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        """Read the settings. Raises ConfigurationError."""
        self._environ = environ
        self._clock = SystemClock()
        self._chance = SystemRandom()
        self.settings = Settings.from_environ(environ)
        for problem in self.settings.ignored:
            logger.error("event=setting_ignored problem=%s", problem)

    @cached_property
    def flow(self) -> CallFlow:
        """The call flow of the settings."""
        return CallFlow.from_settings(self.settings, status_url(self.settings, "recording"))

    @cached_property
    def secrets(self) -> Secrets:
        """Key Vault, or on a developer's machine the token that is set there."""
        if self.settings.auth_token:
            return LocalSecrets(self.settings.auth_token)
        from azure.identity.aio import DefaultAzureCredential

        from switchboard.adapters.key_vault import KeyVaultSecrets

        return KeyVaultSecrets(self.settings.key_vault_url, DefaultAzureCredential())

    @cached_property
    def twilio(self) -> Twilio:
        """Twilio's REST API."""
        from switchboard.adapters.twilio_api import TwilioApi

        return TwilioApi(self.settings, self.secrets)

    @cached_property
    def outbox(self) -> Outbox:
        """Queue Storage, as something to write to."""
        return self._queues

    @cached_property
    def gauge(self) -> Gauge:
        """Queue Storage, as something to look at."""
        return self._queues

    @cached_property
    def ledger(self) -> Ledger:
        """Table Storage's delivery records."""
        from switchboard.adapters.table_ledger import TableLedger

        return TableLedger(self._tables)

    @cached_property
    def opt_outs(self) -> OptOuts:
        """Table Storage's opt-outs."""
        from switchboard.adapters.table_ledger import TableOptOuts

        return TableOptOuts(self._tables)

    @cached_property
    def settlement(self) -> Settlement:
        """What Twilio says, into the records."""
        return Settlement(self.ledger, self.opt_outs, self.outbox, self._clock, self._chance)

    @cached_property
    def hold_music(self) -> HoldMusic:
        """Public S3 buckets."""
        from switchboard.adapters.hold_music import S3HoldMusic

        return S3HoldMusic()

    @cached_property
    def delivery(self) -> Delivery:
        """Commands, to Twilio."""
        return Delivery(
            twilio=self.twilio,
            opt_outs=self.opt_outs,
            settlement=self.settlement,
            progress=self._progress,
            reconciliation=Reconciliation(twilio=self.twilio, settlement=self.settlement, progress=self._progress),
            line=Line(self._clock),
        )

    @cached_property
    def poison(self) -> Poison:
        """What failed too often."""
        return Poison(self._progress)

    @cached_property
    def opt_out_desk(self) -> OptOutDesk:
        """STOP and START."""
        return OptOutDesk(self.ledger, self.opt_outs, self.twilio, self.settlement)

    @cached_property
    def housekeeping(self) -> Housekeeping:
        """The timers' work."""
        return Housekeeping(gauge=self.gauge, twilio=self.twilio, settlement=self.settlement, progress=self._progress)

    @cached_property
    def _progress(self) -> Progress:
        return Progress(
            settings=self.settings,
            outbox=self.outbox,
            ledger=self.ledger,
            clock=self._clock,
            chance=self._chance,
        )

    @cached_property
    def _queues(self) -> QueueOutbox:
        from switchboard.adapters.queue_outbox import QueueOutbox

        return QueueOutbox(self._storage)

    @cached_property
    def _tables(self) -> Tables:
        from switchboard.adapters.table_ledger import Tables

        return Tables(self._storage)

    @cached_property
    def _storage(self) -> StorageConnection:
        from switchboard.adapters.storage_connection import StorageConnection

        return StorageConnection.from_environ(self._environ)

    async def close(self) -> None:
        """Close the connections of the edges that were built."""
        built = [
            self.__dict__.get(name) for name in ("twilio", "outbox", "_queues", "_tables", "secrets", "hold_music")
        ]
        for edge in {id(edge): edge for edge in built}.values():
            close = getattr(edge, "close", None)
            if close is not None:
                await close()


class LocalSecrets:
    """The auth token of local.settings.json. There is no vault, so there is no API key's secret."""

    def __init__(self, auth_token: str) -> None:
        self._tokens = (auth_token,)

    async def auth_tokens(self) -> tuple[str, ...]:
        """The one token."""
        return self._tokens

    async def refreshed_auth_tokens(self) -> tuple[str, ...]:
        """The one token: it changes with a restart only."""
        return self._tokens

    async def api_key_secret(self) -> str:
        """Raises ConfigurationError."""
        raise ConfigurationError("TWILIO_API_KEY_SID: needs KEY_VAULT_URL, where its secret is kept")

    async def check(self) -> None:
        """There is nothing to reach."""


async def postpone(environ: Mapping[str, str], message: QueueMessage) -> None:
    """Put a message back onto its queue while the settings are wrong. Needs nothing but the storage connection.

    An outbox's message keeps its id in an envelope. A poison queue's stays as it is: its own id is none of ours, and
    one that has no other must not come to pass for a new command.

    Raises ConfigurationError when not even the connection is there, and StorageUnavailable.
    """
    from switchboard.adapters.queue_outbox import QueueOutbox
    from switchboard.adapters.storage_connection import StorageConnection

    outbox = QueueOutbox(StorageConnection.from_environ(environ))
    try:
        wrapped = None if message.queue.endswith(POISON) else orders.wrap(message, datetime.now(UTC))
        body = wrapped or message.body.decode(errors="replace")
        await outbox.put(message.queue, body, time_to_live=FOREVER, delay=POSTPONED_SECONDS)
    finally:
        await outbox.close()


_current: Services | None = None


def current() -> Services:
    """This worker's services, built from the environment at first. Raises ConfigurationError."""
    global _current
    if _current is None:
        _current = Services(os.environ)
    return _current


def replace(services: Services | None) -> Services | None:
    """Put other services in their place (None: build them anew) and return those that were there."""
    global _current
    _current, previous = services, _current
    return previous


async def close() -> None:
    """Close this worker's services, if there are any; the next to ask builds them anew."""
    previous = replace(None)
    if previous is not None:
        await previous.close()


async def _check_settings() -> None:
    problems = current().settings.ignored
    if problems:
        raise ConfigurationError("; ".join(problems))


async def _check_secrets() -> None:
    await current().secrets.check()


async def _check_queues() -> None:
    await current().outbox.check()


async def _check_tables() -> None:
    await current().ledger.check()


health = Health(
    {"settings": _check_settings, "secrets": _check_secrets, "queues": _check_queues, "tables": _check_tables}
)
