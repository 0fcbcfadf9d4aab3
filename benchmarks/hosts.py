"""Local hosts as processes, for what polling costs, and queues that are filled quickly."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta

import aiohttp
from azure.storage.queue import AccountSasPermissions, ResourceTypes, generate_account_sas

from benchmarks.figures import Figures
from benchmarks.fresh_process import ENVIRONMENT
from benchmarks.processes import ROOT, cpu_of, resident, seen
from local import processes
from local.settings import ACCOUNT
from local.storage import StorageOptions
from switchboard.adapters.storage_connection import DEVELOPMENT_STORAGE
from switchboard.queues import SMS_OUTBOX
from tests.ports import free_port

UP = "functions host is up"
START_SECONDS = 60
WORK_SECONDS = 10
LOOK_AGAIN_SECONDS = 0.05
WARM_TEXTS = 32
AT_ONCE = 32


def environ_of(options: StorageOptions, twilio_url: str) -> Mapping[str, str]:
    """Returns the environment of a host."""
    return {
        **os.environ,
        **ENVIRONMENT,
        "AzureWebJobsStorage": options.connection_string,
        "TWILIO_API_BASE_URL": twilio_url,
        "PYTHONUNBUFFERED": "1",
    }


@asynccontextmanager
async def host(environ: Mapping[str, str]) -> AsyncIterator[int]:
    """Starts a host, and yields the id of its process once it polls its queues."""
    command = [sys.executable, "-m", "local", "host", "--port", str(free_port()), "--lease", "60"]
    process = await processes.start(command, folder=ROOT, environ=environ)
    lines = processes.lines(process)
    try:
        async with asyncio.timeout(START_SECONDS):
            async for line in lines:
                if UP in line:
                    break
        reading = asyncio.create_task(_read(lines))
        yield process.pid
        reading.cancel()
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _read(lines: AsyncIterator[str]) -> None:
    async for _ in lines:
        pass


async def work(environ: Mapping[str, str], twilio_url: str, *, hosts: int, texts: int) -> Figures:
    """Lets hosts work on the queue until that many texts reached Twilio: CPU of all hosts, memory of the largest.

    The first WARM_TEXTS of each host do not count.
    """
    async with AsyncExitStack() as opened:
        await asyncio.to_thread(seen, twilio_url)
        pids = [await opened.enter_async_context(host(environ)) for _ in range(hosts)]
        await _until_seen(twilio_url, WARM_TEXTS * hosts)
        began, used = time.monotonic(), sum(map(cpu_of, pids))
        done = await _until_seen(twilio_url, texts)
        used, passed = sum(map(cpu_of, pids)) - used, time.monotonic() - began
        return Figures(seconds=passed, cpu=used, peak=max(map(resident, pids)), units=done)


async def _until_seen(twilio_url: str, texts: int) -> int:
    """Waits until Twilio got at least so many texts, at most WORK_SECONDS; returns how many it got, at least 1."""
    done, end = 0, time.monotonic() + WORK_SECONDS
    while done < texts and time.monotonic() < end:
        await asyncio.sleep(LOOK_AGAIN_SECONDS)
        done += len(await asyncio.to_thread(seen, twilio_url))
    return max(1, done)


async def fill(options: StorageOptions, prefix: str, texts: int) -> None:
    """Puts texts on the outbox by plain requests: the SDK would take minutes for 20,000."""
    key = dict(part.split("=", 1) for part in DEVELOPMENT_STORAGE.split(";") if "=" in part)["AccountKey"]
    sas = generate_account_sas(
        ACCOUNT,
        key,
        ResourceTypes(object=True),
        AccountSasPermissions(add=True, write=True),
        datetime.now(UTC) + timedelta(hours=1),
    )
    url = f"http://127.0.0.1:{options.queue}/{ACCOUNT}/{SMS_OUTBOX}/messages?{sas}"
    numbers = iter(range(texts))
    async with aiohttp.ClientSession() as session:

        async def put() -> None:
            for number in numbers:
                command = {"id": f"{prefix}-{number}", "to": f"+35191{number:07}", "body": f"Your code is {number}."}
                text = json.dumps(command).replace("&", "&amp;")
                body = f"<QueueMessage><MessageText>{text}</MessageText></QueueMessage>"
                async with session.post(url, data=body.encode()) as answer:
                    answer.raise_for_status()

        await asyncio.gather(*(put() for _ in range(AT_ONCE)))
