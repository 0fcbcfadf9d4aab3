"""Small apps on a queue of the test's own, on the local host."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from tests.functional.functions_host_app import App, running
from tests.integration.queues import Queues

QUICK = {"visibilityTimeout": "00:00:01", "maxPollingInterval": "00:00:00.2", "maxDequeueCount": 3}
PLAIN = QUICK | {"messageEncoding": "none"}


@asynccontextmanager
async def working(
    folder: Path,
    connection: str,
    source: str,
    queues: Queues,
    *,
    rules: Mapping[str, object] | None = None,
    queue: str = "",
    lease: float = 600,
) -> AsyncIterator[App]:
    """An app on the queue of the test."""
    environ = {"AzureWebJobsStorage": connection, "QUEUE": queue or queues.name}
    host_json = {"extensions": {"queues": rules or PLAIN}}
    async with running(folder, source, host_json=host_json, environ=environ, lease=lease) as app:
        yield app
