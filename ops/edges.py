"""Builds the edges that a command works on: the product's own adapters, opened by the operator's login."""

from __future__ import annotations

from functools import cached_property
from random import SystemRandom
from typing import TYPE_CHECKING, Any

from azure.data.tables.aio import TableServiceClient
from azure.identity.aio import DefaultAzureCredential
from azure.storage.queue.aio import QueueServiceClient

from ops import place
from ops.place import Place
from switchboard.adapters.key_vault import KeyVaultSecrets
from switchboard.adapters.key_vault_refusals import Advice
from switchboard.adapters.queue_outbox import QueueOutbox
from switchboard.adapters.storage_connection import StorageConnection
from switchboard.adapters.table_ledger import TableLedger, TableOptOuts, Tables
from switchboard.adapters.twilio_api import TwilioApi
from switchboard.clock import SystemClock
from switchboard.ledger import Ledger, OptOuts
from switchboard.outbox import Outbox
from switchboard.rest import Twilio
from switchboard.services import LocalSecrets, Secrets
from switchboard.settings import Settings
from switchboard.settlement import Settlement

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential

    from ops.letters import DeadLetters
    from ops.twilio_account import TwilioAccount
    from ops.vault import Vault

# The SDK would wait a quarter of a minute before it asks again, with somebody at the terminal.
BOUNDS: dict[str, Any] = {"connection_timeout": 5, "read_timeout": 10, "retry_total": 2}
# Azure's command-line tools take seconds to print a token, and half a minute on a busy machine.
LOGIN_SECONDS = 30
FOR_AN_OPERATOR = Advice(
    slow="your login gave no token in time, so the vault was not asked; see how long `az account get-access-token` "
    "takes, and run `az login` again",
    not_accepted="your login was not accepted: run `az login`, with --tenant where the vault is in another one",
    forbidden="your login may not read it: it needs the role 'Key Vault Secrets Officer' on the vault, which takes "
    "minutes to take effect",
)
QUICKER: dict[str, Any] = {"initial_backoff": 1, "increment_base": 2}


class OperatorStorage(StorageConnection, frozen=True):
    """The same storage, opened by the login of who runs the command."""

    login: Any = None

    def credential(self) -> AsyncTokenCredential:
        """Who runs the command."""
        credential: AsyncTokenCredential = self.login
        return credential


class Edges:
    """One command's edges, each built when it is first asked for. Bound to the event loop they are first used on."""

    def __init__(self, where: Place) -> None:
        self.place = where
        self.clock = SystemClock()
        self.chance = SystemRandom()

    @cached_property
    def settings(self) -> Settings:
        """The app's settings, as far as a command needs them. Raises OpsError or ConfigurationError."""
        self.place.require(place.ACCOUNT, place.VAULT, place.ORIGIN)
        return Settings.from_environ(self.place.environ)

    @cached_property
    def login(self) -> AsyncTokenCredential:
        """That of `az login`, `azd auth login` or the environment; a machine's own identity is not used."""
        return DefaultAzureCredential(exclude_managed_identity_credential=True, process_timeout=LOGIN_SECONDS)

    @cached_property
    def storage(self) -> StorageConnection:
        """Where queues and tables are. Raises OpsError."""
        self.place.require(place.QUEUES)
        known = StorageConnection.from_environ(self.place.environ)
        if known.connection_string:
            return known
        return OperatorStorage(
            queue_endpoint=known.queue_endpoint, table_endpoint=known.table_endpoint, login=self.login
        )

    @cached_property
    def outbox(self) -> Outbox:
        """Queues, as something to write to."""
        return QueueOutbox(self.storage)

    @cached_property
    def tables(self) -> Tables:
        """The tables."""
        return Tables(self.storage)

    @cached_property
    def ledger(self) -> Ledger:
        """The delivery records."""
        return TableLedger(self.tables)

    @cached_property
    def opt_outs(self) -> OptOuts:
        """Who told whom to stop."""
        return TableOptOuts(self.tables)

    @cached_property
    def queue_service(self) -> QueueServiceClient:
        """Queues, as something to look into."""
        if self.storage.connection_string:
            return QueueServiceClient.from_connection_string(self.storage.connection_string, **BOUNDS, **QUICKER)
        credential = self.storage.credential()
        return QueueServiceClient(self.storage.queue_endpoint, credential=credential, **BOUNDS, **QUICKER)

    @cached_property
    def table_service(self) -> TableServiceClient:
        """Tables, as something to look at."""
        if self.storage.connection_string:
            return TableServiceClient.from_connection_string(self.storage.connection_string, **BOUNDS)
        return TableServiceClient(self.storage.table_endpoint, credential=self.storage.credential(), **BOUNDS)

    @cached_property
    def letters(self) -> DeadLetters:
        """What lies in `dead-letter`."""
        from ops.letters import DeadLetters

        return DeadLetters(self.queue_service)

    @cached_property
    def settlement(self) -> Settlement:
        """What Twilio says, into the records."""
        return Settlement(self.ledger, self.opt_outs, self.outbox, self.clock, self.chance)

    @cached_property
    def secrets(self) -> Secrets:
        """Twilio's tokens: from Key Vault, or those of the local settings."""
        if self.settings.auth_token:
            return LocalSecrets(self.settings.auth_token)
        return KeyVaultSecrets(
            self.settings.key_vault_url, self.login, whole_seconds=LOGIN_SECONDS, advice=FOR_AN_OPERATOR
        )

    @cached_property
    def vault(self) -> Vault:
        """Key Vault, as something to write to. Raises OpsError."""
        from ops.vault import Vault

        self.place.refuse_local("there is no vault; TWILIO_AUTH_TOKEN in local.settings.json is the token there")
        self.place.require(place.VAULT)
        return Vault(self.place.environ[place.VAULT], self.login)

    @cached_property
    def twilio(self) -> Twilio:
        """Texts and calls at Twilio."""
        return TwilioApi(self.settings, self.secrets)

    async def twilio_account(self) -> TwilioAccount:
        """The account itself at Twilio: its numbers, services and tokens."""
        return self.account_by(*await self.secrets.auth_tokens())

    def account_by(self, *tokens: str) -> TwilioAccount:
        """The same, by these tokens."""
        from ops.twilio_account import TwilioAccount

        account = TwilioAccount(self.settings.account_sid, tokens, base_url=self.settings.api_base_url)
        self._accounts.append(account)
        return account

    @cached_property
    def _accounts(self) -> list[TwilioAccount]:
        return []

    async def close(self) -> None:
        """Close what was built."""
        for account in self._accounts:
            account.close()
        for name in ("twilio", "outbox", "tables", "queue_service", "table_service", "vault", "secrets", "login"):
            close = getattr(self.__dict__.get(name), "close", None)
            if close is not None:
                await close()
