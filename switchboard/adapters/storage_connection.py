"""The storage connection, read from `AzureWebJobsStorage` as the Functions host reads it."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from switchboard.errors import ConfigurationError
from switchboard.settings import STORAGE

# Azurite's well-known account. https://learn.microsoft.com/azure/storage/common/storage-use-azurite#well-known-storage-account-and-key
DEVELOPMENT_STORAGE = (
    "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;"
    "AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;"
    "BlobEndpoint=http://127.0.0.1:10000/devstoreaccount1;QueueEndpoint=http://127.0.0.1:10001/devstoreaccount1;"
    "TableEndpoint=http://127.0.0.1:10002/devstoreaccount1;"
)


class StorageConnection(msgspec.Struct, frozen=True):
    """A connection string, or the endpoints of the identity form with the client id of the identity."""

    connection_string: str = ""
    queue_endpoint: str = ""
    table_endpoint: str = ""
    client_id: str = ""

    def __repr__(self) -> str:
        """Leaves the account key out."""
        return "StorageConnection(...)"

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> StorageConnection:
        """Reads `AzureWebJobsStorage`, or the identity form `AzureWebJobsStorage__queueServiceUri` and so on.

        Raises ConfigurationError when both are absent.
        """
        connection_string = environ.get(STORAGE, "").strip()
        if connection_string == "UseDevelopmentStorage=true":
            return cls(DEVELOPMENT_STORAGE)
        if connection_string:
            return cls(connection_string)
        queue = environ.get(f"{STORAGE}__queueServiceUri", "").strip()
        if not queue:
            raise ConfigurationError(f"{STORAGE}: not set, nor {STORAGE}__queueServiceUri")
        table = environ.get(f"{STORAGE}__tableServiceUri", "").strip()
        return cls("", queue, table, environ.get(f"{STORAGE}__clientId", "").strip())
