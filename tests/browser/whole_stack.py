"""All that `make run` starts, for a browser: Azurite, the host with function_app.py, and the stand-in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from local.ports import free_port
from local.storage import Azurite, StorageOptions
from local.twilio.options import Pace
from local.twilio.server import StandIn
from tests.browser.served import Stack, standin_options
from tests.fakes import ENVIRONMENT
from tests.integration.host_process import ROOT, host_process
from tests.integration.queues import open_queues


@asynccontextmanager
async def running_whole(pace: Pace) -> AsyncIterator[Stack]:
    """Each on a free port; what is put onto a queue is taken by the host."""
    storage = StorageOptions(blob=free_port(), queue=free_port(), table=free_port(), folder=None)
    port = free_port()
    environ = {
        **ENVIRONMENT,
        "AzureWebJobsStorage": storage.connection_string,
        "TWILIO_API_BASE_URL": f"http://127.0.0.1:{port}",
    }
    async with (
        Azurite(storage),
        open_queues(storage.connection_string) as queues,
        host_process(ROOT, environ) as host,
        StandIn(standin_options(host.url, pace, port)) as standin,
    ):
        yield Stack(standin, lambda queue, body: queues.put(body, queue=queue))
