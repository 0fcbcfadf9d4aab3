"""Builds the adapters of a command: the product's own, opened with the operator's login."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from azure.data.tables.aio import TableServiceClient
from azure.identity.aio import DefaultAzureCredential
from azure.storage.queue.aio import QueueServiceClient

from ops.deployment import ACCOUNT_SID, QUEUE_ENDPOINT, RETENTION_DAYS, Deployment
from switchboard.adapters.key_vault import KeyVaultSecrets
from switchboard.adapters.key_vault_refusals import Advice
from switchboard.adapters.storage_connection import StorageConnection
from switchboard.secrets import LocalSecrets, Secrets
from switchboard.services import SECRETS_FILE, Services
from switchboard.settings import DEFAULT_RETENTION_DAYS, KEY_VAULT_URL, PUBLIC_BASE_URL, Settings
from switchboard.text import whole_number

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential

    from ops.agent_key_store import AgentKeyStore
    from ops.dead_letter_queue import DeadLetterQueue
    from ops.twilio_account import TwilioAccount
    from ops.vault import Vault

# Azure's command-line tools take seconds to print a token, half a minute on a busy machine.
LOGIN_SECONDS = 30
FOR_AN_OPERATOR = Advice(
    slow="your login returned no token in time, so there was no request to the vault; check how long "
    "`az account get-access-token` takes, and run `az login` again",
    not_accepted="your login was not accepted: run `az login`, with --tenant if the vault is in another tenant",
    forbidden="your login may not read it: it needs the role 'Key Vault Secrets Officer' on the vault, which takes "
    "minutes to take effect",
)
# By default the SDK waits 15 s before a retry, while an operator waits at the terminal.
BOUNDS: Mapping[str, Any] = {"connection_timeout": 5, "read_timeout": 10, "retry_total": 2}
SHORT_BACKOFF: Mapping[str, Any] = {"initial_backoff": 1, "increment_base": 2}


class OperatorServices(Services):
    """The app's services with the operator's login, and the services that only operators use."""

    reads_proxies = True

    def __init__(self, deployment: Deployment) -> None:
        super().__init__(deployment.environ, secrets_file=_secrets_file(deployment))
        self.deployment = deployment

    @cached_property
    def settings(self) -> Settings:
        """The settings of the app that commands need. Raises OpsError or ConfigurationError."""
        self.deployment.require(ACCOUNT_SID, KEY_VAULT_URL, PUBLIC_BASE_URL)
        return Settings.from_environ(self.environ)

    @cached_property
    def storage(self) -> StorageConnection:
        """The storage connection. Raises OpsError."""
        self.deployment.require(QUEUE_ENDPOINT)
        return StorageConnection.from_environ(self.environ)

    @cached_property
    def retention_days(self) -> int:
        """How long the app keeps a delivery record; its default where the setting is not known here."""
        return whole_number(self.environ.get(RETENTION_DAYS, "")) or DEFAULT_RETENTION_DAYS

    @cached_property
    def secrets(self) -> Secrets:
        """Twilio's tokens: from Key Vault with bounds and advice for an operator, or from the local settings."""
        if self.settings.auth_token:
            return LocalSecrets(self.settings.auth_token, self._secrets_file)
        return self.close_later(
            KeyVaultSecrets(
                self.settings.key_vault_url, self.credential(), whole_seconds=LOGIN_SECONDS, advice=FOR_AN_OPERATOR
            )
        )

    @cached_property
    def queue_service(self) -> QueueServiceClient:
        """Queue Storage, for reading."""
        if self.storage.connection_string:
            client = QueueServiceClient.from_connection_string(
                self.storage.connection_string, **BOUNDS, **SHORT_BACKOFF
            )
        else:
            client = QueueServiceClient(
                self.storage.queue_endpoint, credential=self.credential(), **BOUNDS, **SHORT_BACKOFF
            )
        return self.close_later(client)

    @cached_property
    def table_service(self) -> TableServiceClient:
        """Table Storage, for reading."""
        if self.storage.connection_string:
            client = TableServiceClient.from_connection_string(self.storage.connection_string, **BOUNDS)
        else:
            client = TableServiceClient(self.storage.table_endpoint, credential=self.credential(), **BOUNDS)
        return self.close_later(client)

    @cached_property
    def dead_letters(self) -> DeadLetterQueue:
        """The queue `dead-letter`."""
        from ops.dead_letter_queue import DeadLetterQueue

        return DeadLetterQueue(self.queue_service)

    @cached_property
    def vault(self) -> Vault:
        """Key Vault, for writing. Raises OpsError."""
        from ops.vault import Vault

        self.deployment.refuse_local("there is no vault; the token is TWILIO_AUTH_TOKEN of local.settings.json")
        self.deployment.require(KEY_VAULT_URL)
        return self.close_later(Vault(self.environ[KEY_VAULT_URL], self.credential()))

    @cached_property
    def agent_keys(self) -> AgentKeyStore:
        """The keys of agents in the browser. Raises OpsError."""
        from ops.agent_key_store import LocalKeys, VaultKeys

        return LocalKeys(self._secrets_file) if self.deployment.local else VaultKeys(self.vault)

    async def twilio_account(self) -> TwilioAccount:
        """Returns the account at Twilio, authenticated by the auth tokens in use."""
        return self.account_by(*await self.secrets.auth_tokens())

    def account_by(self, *tokens: str) -> TwilioAccount:
        """Returns the account, authenticated by the first of these tokens that Twilio accepts."""
        from ops.twilio_account import TwilioAccount

        settings = self.settings
        place = (settings.region, settings.edge)
        return self.close_later(
            TwilioAccount(settings.account_sid, tokens, base_url=settings.api_base_url, region_and_edge=place)
        )

    def _new_credential(self, client_id: str) -> AsyncTokenCredential:
        """Returns the operator's login (`az login`, `azd auth login` or the environment), never a managed identity."""
        return DefaultAzureCredential(exclude_managed_identity_credential=True, process_timeout=LOGIN_SECONDS)

    def _storage_credential(self) -> AsyncTokenCredential | None:
        return None if self.storage.connection_string else self.credential()


def _secrets_file(deployment: Deployment) -> Path:
    """The file of the local stack; in Azure there is none, and nothing reads it."""
    if not deployment.local:
        return SECRETS_FILE
    from local.local_secrets import file_of

    return file_of(deployment.environ)
