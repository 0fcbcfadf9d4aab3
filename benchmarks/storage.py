"""Azurite on free ports, with the app's queues and tables."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from azure.data.tables.aio import TableServiceClient

from local.queues import create_all
from local.storage import Azurite, StorageOptions
from switchboard.adapters.table_ledger import DELIVERIES, OPT_OUTS
from tests.ports import free_port


@asynccontextmanager
async def storage() -> AsyncIterator[tuple[StorageOptions, int]]:
    """Starts Azurite in memory; yields its options and the id of its process."""
    options = StorageOptions(free_port(), free_port(), free_port(), folder=None)
    async with Azurite(options) as azurite:
        await create_all(options.connection_string)
        async with TableServiceClient.from_connection_string(options.connection_string) as tables:
            for name in (DELIVERIES, OPT_OUTS):
                await tables.create_table(name)
        yield options, azurite.process.pid if azurite.process else 0
