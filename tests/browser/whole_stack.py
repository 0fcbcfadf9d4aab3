"""All that `make run` starts, for a browser: Azurite, the host with function_app.py, the stand-in and its follower."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from local import timings
from local.addresses import origin
from local.ledger import LedgerFollower, showing_refusals
from local.parts import HostProcess
from local.queue_tap import showing_queue_puts
from local.storage import Azurite, StorageOptions
from local.twilio.options import Pace
from local.twilio.server import StandIn
from tests.browser.served import Stack, standin_options
from tests.fakes import ENVIRONMENT, NUMBERS
from tests.integration.queues import FREQUENT_POLLING, open_queues
from tests.ports import free_port

LEASE_SECONDS = 600


def showing(standin: StandIn, environ: dict[str, str], say: Callable[[str], None]) -> Callable[[str], None]:
    """What the stack shows, also of the host's lines."""
    standin.show_timings(timings.to_json(environ))
    return showing_queue_puts(standin, showing_refusals(standin, say))


@asynccontextmanager
async def running_whole(pace: Pace) -> AsyncIterator[Stack]:
    """Each on a free port; the host receives the messages of the queues."""
    storage = StorageOptions(blob=free_port(), queue=free_port(), table=free_port(), folder=None)
    port, host_port = free_port(), free_port()
    environ = {
        **os.environ,
        **ENVIRONMENT,
        **FREQUENT_POLLING,
        "DELIVERY_SETTLE_SECONDS": "2",
        "AzureWebJobsStorage": storage.connection_string,
        "TWILIO_API_BASE_URL": origin(port),
        # REST by the auth token, whatever local.settings.json says: this stand-in has no API key.
        "TWILIO_API_KEY_SID": "",
    }
    timings.shorten(environ)
    since, said = datetime.now(UTC), list[str]()
    async with (
        Azurite(storage),
        open_queues(storage.connection_string) as queues,
        StandIn(standin_options(origin(host_port), pace, port)) as standin,
        HostProcess(host_port, LEASE_SECONDS, NUMBERS, environ, showing(standin, environ, said.append)),
        LedgerFollower(storage.connection_string, standin, since, said.append) as follower,
    ):
        following = asyncio.create_task(follower.follow())
        try:
            yield Stack(standin, lambda queue, body: queues.put(body, queue=queue), storage=storage.connection_string)
        finally:
            following.cancel()
            await asyncio.wait([following])
