"""Where Azure Storage is, read from `AzureWebJobsStorage` as the Functions host reads it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from switchboard.errors import ConfigurationError

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential

CONNECTION = "AzureWebJobsStorage"
# Azurite's well-known account. https://learn.microsoft.com/azure/storage/common/storage-use-azurite#well-known-storage-account-and-key
DEVELOPMENT_STORAGE = (
    "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;"
    "AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;"
    "BlobEndpoint=http://127.0.0.1:10000/devstoreaccount1;QueueEndpoint=http://127.0.0.1:10001/devstoreaccount1;"
    "TableEndpoint=http://127.0.0.1:10002/devstoreaccount1;"
)


class StorageConnection(msgspec.Struct, frozen=True):
    """A connection string, or the endpoints of the identity form. Exactly one of the two is given."""

    connection_string: str = ""
    queue_endpoint: str = ""
    table_endpoint: str = ""
    client_id: str = ""

    def __repr__(self) -> str:
        """Not the account key."""
        return "StorageConnection(...)"

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> StorageConnection:
        """Read `AzureWebJobsStorage`, or `AzureWebJobsStorage__queueServiceUri` and its like.

        Raises ConfigurationError when neither is there.
        """
        connection_string = environ.get(CONNECTION, "").strip()
        if connection_string == "UseDevelopmentStorage=true":
            return cls(DEVELOPMENT_STORAGE)
        if connection_string:
            return cls(connection_string)
        queue = environ.get(f"{CONNECTION}__queueServiceUri", "").strip()
        if not queue:
            raise ConfigurationError(f"{CONNECTION}: not set, nor {CONNECTION}__queueServiceUri")
        table = environ.get(f"{CONNECTION}__tableServiceUri", "").strip()
        return cls("", queue, table, environ.get(f"{CONNECTION}__clientId", "").strip())

    def credential(self) -> AsyncTokenCredential:
        """The identity that the endpoints are opened by: the one named by `__clientId`, else the app's default."""
        from azure.identity.aio import DefaultAzureCredential, ManagedIdentityCredential

        return ManagedIdentityCredential(client_id=self.client_id) if self.client_id else DefaultAzureCredential()
