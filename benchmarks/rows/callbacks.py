"""Status callbacks: a hundred at once for one record, against one after another; and their storage transactions."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from contextlib import AsyncExitStack
from itertools import count
from typing import Any

from benchmarks.figures import Figures, Finding, Measured, Spread, ratio, spreads
from benchmarks.fresh_process import ENVIRONMENT, TOKEN, signed_form
from benchmarks.plan import Plan
from benchmarks.rows.warm_webhook import Webhook
from benchmarks.storage import storage
from switchboard.delivery.record import DeliveryRecord
from switchboard.services import Services
from tests.contract import new_claim, new_version
from tests.functions import WEBHOOKS, serving, user_function
from tests.integration.storage_proxy import StorageProxy

NAME = "callbacks"
TITLE = "100 callbacks for one record"
ROUNDS = 4
CALLBACKS = 100
STATES = ("queued", "sending", "sent", "delivered")


def callback(record: DeliveryRecord, state: str) -> Webhook:
    """Returns a signed callback with a new state of a record."""
    target = f"/api/status/sms?id={record.key.callback_id(0)}"
    form = {"MessageSid": record.sids[0], "MessageStatus": state, "From": record.sender, "To": "+351910000000"}
    return Webhook("status/sms", user_function(WEBHOOKS["/api/status/sms"]), signed_form(target, form))


class Callbacks:
    """Sends callbacks to the app's function. `answers` counts the statuses of its answers."""

    def __init__(self, services: Services, size: int) -> None:
        self._services = services
        self._size = size
        self._numbers = count()
        self.answers: Counter[int] = Counter()

    async def record(self) -> DeliveryRecord:
        """Writes the record of an accepted text."""
        accepted = new_version(new_claim(), state="accepted", sids=(f"SM{next(self._numbers):032}",))
        await self._services.ledger.insert(accepted)
        return accepted

    async def one_by_one(self) -> Figures:
        """Each waits for the one before."""
        return await self._run(at_once=1)

    async def together(self) -> Figures:
        """All at once."""
        return await self._run(at_once=self._size)

    async def send(self, webhook: Webhook) -> None:
        """Sends one, and counts its answer."""
        response = await webhook.answered_by(webhook.function)
        self.answers[response.status_code] += 1

    async def _run(self, at_once: int) -> Figures:
        record = await self.record()
        waiting = [callback(record, STATES[number * len(STATES) // self._size]) for number in range(self._size)]
        began, used = time.monotonic(), time.process_time()
        for first in range(0, len(waiting), at_once):
            await asyncio.gather(*map(self.send, waiting[first : first + at_once]))
        return Figures(seconds=time.monotonic() - began, cpu=time.process_time() - used, units=self._size)


async def measure(plan: Plan) -> Measured:
    """Compares together with one by one, and counts the transactions of single callbacks."""
    rounds = plan.rounds(ROUNDS)
    async with AsyncExitStack() as opened:
        options, _ = await opened.enter_async_context(storage())
        tables = await opened.enter_async_context(StorageProxy(options.table))
        queues = await opened.enter_async_context(StorageProxy(options.queue))
        direct = await _services(opened, options.connection_string)
        with serving(direct):
            callbacks = Callbacks(direct, plan.size(CALLBACKS))
            cases = {"one by one": callbacks.one_by_one, "at once": callbacks.together}
            runs = await plan.interleave(NAME, cases, rounds)
        through = options.connection_string.replace(f":{options.table}/", f":{tables.port}/")
        watched = await _services(opened, through.replace(f":{options.queue}/", f":{queues.port}/"))
        with serving(watched):
            counted = await count_transactions(Callbacks(watched, 1), tables, queues)
    refused = float(sum(callbacks.answers.values()) - callbacks.answers[204])
    findings = [
        ratio(runs, "time", "at once", "one by one", limit=3),
        ratio(runs, "cpu", "at once", "one by one"),
        Finding(what="answers other than 204", value=Spread.of([refused]), unit="", limit=0),
        *counted,
    ]
    return Measured(name=NAME, title=TITLE, rounds=rounds, findings=findings, cases=spreads(runs))


async def count_transactions(callbacks: Callbacks, tables: StorageProxy, queues: StorageProxy) -> list[Finding]:
    """Counts what one callback asks of storage: with a new state, and repeated."""
    await callbacks.send(callback(await callbacks.record(), "sent"))
    record = await callbacks.record()
    counts: dict[str, float] = {}
    for what, state in (("with a new state", "delivered"), ("repeated", "delivered")):
        tables.seen.clear()
        queues.seen.clear()
        await callbacks.send(callback(record, state))
        counts[f"of a callback {what}, tables"] = len(tables.seen)
        counts[f"of a callback {what}, tables and queue"] = len(tables.seen) + len(queues.seen)
    return [
        Finding(what=f"transactions {what}", value=Spread.of([float(value)]), unit="", limit=2)
        for what, value in counts.items()
    ]


async def _services(opened: AsyncExitStack, connection_string: str) -> Services:
    environ: dict[str, Any] = {**ENVIRONMENT, "TWILIO_AUTH_TOKEN": TOKEN, "AzureWebJobsStorage": connection_string}
    logging.getLogger("switchboard").setLevel(logging.ERROR)
    services = Services(environ)
    opened.push_async_callback(services.close)
    return services
