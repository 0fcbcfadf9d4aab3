"""Builds the adapters of one worker, each when it is first used. Tests replace them.

A cold start loads no package that it does not need: each property imports the adapter that it builds.
"""

from __future__ import annotations

import logging
import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from functools import cached_property
from pathlib import Path
from random import Random, SystemRandom
from typing import TYPE_CHECKING, Protocol, TypeVar

from switchboard.clock import Clock, SystemClock
from switchboard.secrets import LOCAL_SECRETS, LocalSecrets, Secrets
from switchboard.settings import Settings

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential

    from switchboard.adapters.queue_storage import QueueStorage
    from switchboard.adapters.storage_connection import StorageConnection
    from switchboard.adapters.table_ledger import Tables
    from switchboard.client.call_limits import CallLimits
    from switchboard.client.sign_in_limits import SignInLimits
    from switchboard.delivery.context import DeliveryContext, LedgerContext
    from switchboard.delivery.ledger import Ledger, OptOuts
    from switchboard.delivery.twilio_client import TwilioClient
    from switchboard.flows.flows_file import FlowsFile
    from switchboard.numbers import Numbers
    from switchboard.publishing import EventPublisher
    from switchboard.queues import QueueGauge, QueueWriter
    from switchboard.robots import RecentTexts
    from switchboard.twimlets.holdmusic import HoldMusic

# The team's file, beside function_app.py; flows.py is beside it.
NUMBERS_FILE = Path(__file__).parents[1] / "numbers.toml"
SECRETS_FILE = NUMBERS_FILE.with_name(LOCAL_SECRETS)

logger = logging.getLogger(__name__)


class Closable(Protocol):
    """Something with connections."""

    async def close(self) -> None:
        """Closes the connections."""


C = TypeVar("C", bound=Closable)


class Services:
    """The adapters of one worker, and what is built from its settings. Bound to the event loop of their first use."""

    # Whether storage is asked through the proxy that the environment names. There is none in Azure Functions.
    reads_proxies = False

    def __init__(
        self,
        environ: Mapping[str, str],
        *,
        hours_clock: Clock | None = None,
        numbers_file: Path = NUMBERS_FILE,
        secrets_file: Path = SECRETS_FILE,
    ) -> None:
        self.environ = environ
        self.clock: Clock = SystemClock()
        # The time by which opening hours are looked up.
        self.hours_clock = hours_clock or self.clock
        self._numbers_file = numbers_file
        self._secrets_file = secrets_file
        self.random: Random = SystemRandom()
        self._open = AsyncExitStack()
        self._credentials: dict[str, AsyncTokenCredential] = {}

    @cached_property
    def settings(self) -> Settings:
        """The settings. Raises ConfigurationError."""
        return Settings.from_environ(self.environ)

    @cached_property
    def numbers(self) -> Numbers:
        """The file numbers.toml, read once. Its problems are logged by path and kind: a value may be a number."""
        from switchboard.numbers.reader import read_file

        numbers = read_file(self._numbers_file, self.environ, local=self.settings.local)
        for problem in numbers.problems:
            level = logging.WARNING if problem.warning else logging.ERROR
            logger.log(level, "event=numbers_problem line=%s problem=%s", problem.line, problem.public)
        return numbers

    @cached_property
    def recent_texts(self) -> RecentTexts:
        """The texts that this worker answered lately."""
        from switchboard.robots import RecentTexts

        return RecentTexts(self.clock.monotonic)

    @cached_property
    def sign_in_limits(self) -> SignInLimits:
        """The wrong sign-ins of agents that this worker saw lately."""
        from switchboard.client.sign_in_limits import SignInLimits

        return SignInLimits(self.clock.monotonic)

    @cached_property
    def call_limits(self) -> CallLimits:
        """The calls that this worker placed lately for agents in the browser."""
        from switchboard.client.call_limits import CallLimits

        return CallLimits(self.clock.monotonic)

    @cached_property
    def flows(self) -> FlowsFile:
        """The file flows.py, loaded at the first flow."""
        from switchboard.flows.flows_file import FlowsFile

        return self.close_later(FlowsFile(self._numbers_file.with_name("flows.py")))

    @cached_property
    def secrets(self) -> Secrets:
        """Key Vault, or the secrets of a developer's machine."""
        with_api_key = bool(self.settings.api_key_sid)
        if self.settings.auth_token:
            return LocalSecrets(self.settings.auth_token, self._secrets_file, with_api_key=with_api_key)
        from switchboard.adapters.key_vault import KeyVaultSecrets

        return self.close_later(
            KeyVaultSecrets(self.settings.key_vault_url, self.credential(), with_api_key=with_api_key)
        )

    @cached_property
    def twilio(self) -> TwilioClient:
        """Twilio's REST API."""
        from switchboard.adapters.twilio_api import TwilioApi

        return self.close_later(TwilioApi(self.settings, self.secrets))

    @cached_property
    def queues(self) -> QueueWriter:
        """Queue Storage, for writing; opened by the first message."""
        from switchboard.queues_on_demand import QueuesOnDemand

        return QueuesOnDemand(lambda: self._queue_storage)

    @cached_property
    def gauge(self) -> QueueGauge:
        """Queue Storage, for measuring."""
        return self._queue_storage

    @cached_property
    def events(self) -> EventPublisher:
        """The queue `events`. Another event sink is built here."""
        from switchboard.publishing import QueuePublisher, source_of

        return QueuePublisher(self.queues, source_of(self.settings.account_sid))

    @cached_property
    def ledger(self) -> Ledger:
        """Table Storage's delivery records."""
        from switchboard.adapters.table_ledger import TableLedger

        return TableLedger(self.tables)

    @cached_property
    def opt_outs(self) -> OptOuts:
        """Table Storage's opt-outs."""
        from switchboard.adapters.table_ledger import TableOptOuts

        return TableOptOuts(self.tables)

    @cached_property
    def hold_music(self) -> HoldMusic:
        """Public S3 buckets."""
        from switchboard.adapters.hold_music import S3HoldMusic

        return self.close_later(S3HoldMusic())

    @cached_property
    def ledger_context(self) -> LedgerContext:
        """What changes and reports delivery records."""
        from switchboard.delivery.context import LedgerContext

        return LedgerContext(
            settings=self.settings,
            ledger=self.ledger,
            opt_outs=self.opt_outs,
            queues=self.queues,
            events=self.events,
            clock=self.clock,
            random=self.random,
        )

    @cached_property
    def delivery_context(self) -> DeliveryContext:
        """What delivers commands."""
        from switchboard.delivery.circuit_breaker import CircuitBreaker
        from switchboard.delivery.context import DeliveryContext

        shared = {name: getattr(self.ledger_context, name) for name in self.ledger_context.__struct_fields__}
        return DeliveryContext(**shared, twilio=self.twilio, breaker=CircuitBreaker(self.clock))

    @cached_property
    def storage(self) -> StorageConnection:
        """The storage connection. Raises ConfigurationError."""
        from switchboard.adapters.storage_connection import StorageConnection

        return StorageConnection.from_environ(self.environ)

    @cached_property
    def tables(self) -> Tables:
        """Table Storage."""
        from switchboard.adapters.table_ledger import Tables

        return self.close_later(Tables(self.storage, self._storage_credential(), reads_proxies=self.reads_proxies))

    def credential(self, client_id: str = "") -> AsyncTokenCredential:
        """Returns the credential of a managed identity by its client id, or the default one. Built once."""
        if client_id not in self._credentials:
            self._credentials[client_id] = self.close_later(self._new_credential(client_id))
        return self._credentials[client_id]

    def close_later(self, closable: C) -> C:
        """Registers what was just built for `close`, in reverse order: clients before their credential."""
        self._open.push_async_callback(closable.close)
        return closable

    async def close(self) -> None:
        """Closes everything that was built."""
        await self._open.aclose()

    @cached_property
    def _queue_storage(self) -> QueueStorage:
        from switchboard.adapters.queue_storage import QueueStorage

        return self.close_later(
            QueueStorage(self.storage, self._storage_credential(), reads_proxies=self.reads_proxies)
        )

    def _storage_credential(self) -> AsyncTokenCredential | None:
        return None if self.storage.connection_string else self.credential(self.storage.client_id)

    def _new_credential(self, client_id: str) -> AsyncTokenCredential:
        from azure.identity.aio import DefaultAzureCredential, ManagedIdentityCredential

        return ManagedIdentityCredential(client_id=client_id) if client_id else DefaultAzureCredential()


@asynccontextmanager
async def queues_alone(environ: Mapping[str, str]) -> AsyncIterator[QueueWriter]:
    """Opens Queue Storage without reading any other setting. Raises ConfigurationError without a connection."""
    services = Services(environ)
    try:
        yield services.queues
    finally:
        await services.close()


_current: Services | None = None
_new: Callable[[Mapping[str, str]], Services] = Services


def current() -> Services:
    """Returns this worker's services, built from the environment at first. Raises ConfigurationError."""
    global _current
    if _current is None:
        services = _new(os.environ)
        for problem in services.settings.ignored:
            logger.error("event=setting_ignored problem=%s", problem)
        for sentence in services.settings.moved:
            logger.warning("event=setting_moved setting=%s", sentence)
        _current = services
    return _current


def build_with(new: Callable[[Mapping[str, str]], Services]) -> None:
    """Sets what `current` builds the services with: a developer's machine has another file and another clock."""
    global _new
    _new = new


def is_built() -> bool:
    """Returns whether this worker has services."""
    return _current is not None


def replace(services: Services | None) -> Services | None:
    """Replaces this worker's services (None: build them again when needed) and returns the previous ones."""
    global _current
    _current, previous = services, _current
    return previous


async def close() -> None:
    """Closes this worker's services; the next call of `current` builds them again."""
    previous = replace(None)
    if previous is not None:
        await previous.close()
