"""Growing: more workers on one outbox, and more texts waiting; and what the local host itself takes."""

from __future__ import annotations

from contextlib import AsyncExitStack
from functools import partial
from itertools import count

import msgspec

from benchmarks.figures import Figures, Finding, Measured, Runs, Spread, ratio, spreads
from benchmarks.hosts import WARM_TEXTS, environ_of, fill, work
from benchmarks.plan import Plan
from benchmarks.processes import Child, child, twilio
from benchmarks.storage import storage
from local.storage import StorageOptions

NAME = "growing"
TITLE = "growing: workers, texts waiting, and the local host"
ROUNDS = 3
WORKERS = (1, 2, 4)
WAITING = (500, 5000, 20_000)
TEXTS = 160
ANSWER_SECONDS = 0.1

_runs = count()


async def alone(worker: Child, texts: int) -> Figures:
    """Sends texts without a host: the worker's share."""
    said = await worker.ask({"texts": texts, "concurrency": 24, "prefix": f"alone{next(_runs)}"})
    return Figures(seconds=said["seconds"], cpu=said["cpu"], peak=said["peak"], units=texts)


class Growing:
    """The cases of this row, each on queues of its own."""

    def __init__(self, url: str, texts: int) -> None:
        self._url = url
        self._texts = texts

    async def workers(self, options: StorageOptions, number: int) -> Figures:
        """Puts as many texts as these workers need, and lets them work."""
        # What one worker has taken stays hidden when it ends, so each run brings texts of its own.
        await fill(options, f"g{next(_runs)}", number * (self._texts + 2 * WARM_TEXTS) + 100)
        return await work(environ_of(options, self._url), self._url, hosts=number, texts=number * self._texts)

    async def waiting(self, options: StorageOptions) -> Figures:
        """Lets one worker take a few of many, and then fills up what it took."""
        figures = await work(environ_of(options, self._url), self._url, hosts=1, texts=self._texts // 3)
        await fill(options, f"g{next(_runs)}", figures.units + WARM_TEXTS)
        return figures


async def measure(plan: Plan) -> Measured:
    """Compares each size with the smallest, all in the same rounds."""
    sizes = WAITING[:2] if plan.quick else WAITING
    async with AsyncExitStack() as opened:
        url, _ = await opened.enter_async_context(twilio(ANSWER_SECONDS))
        options, _ = await opened.enter_async_context(storage())
        environ = environ_of(options, url)
        worker = await opened.enter_async_context(
            child("benchmarks.programs.text_worker", "switchboard", environ=environ)
        )
        await alone(worker, 24)
        growing = Growing(url, plan.size(TEXTS))
        names = {number: f"{number} worker{'s' if number > 1 else ''}" for number in WORKERS}
        cases = {name: partial(growing.workers, options, number) for number, name in names.items()}
        cases["worker's share"] = partial(alone, worker, plan.size(TEXTS))
        runs: Runs = await plan.interleave(NAME, cases, plan.rounds(ROUNDS))
        queues = {}
        for texts in sizes:
            plan.say(f"{NAME}: {texts} texts onto a queue")
            queues[texts], _ = await opened.enter_async_context(storage())
            await fill(queues[texts], "first", texts)
        waiting = {f"{texts:,} waiting": partial(growing.waiting, queues[texts]) for texts in sizes}
        runs |= await plan.interleave(NAME, waiting, 2)
    findings = [
        *(ratio(runs, "cpu", f"{number} workers", "1 worker", limit=1.1) for number in WORKERS[1:]),
        *(ratio(runs, "cpu", f"{texts:,} waiting", "500 waiting", limit=1.1) for texts in sizes[1:]),
        *(ratio(runs, "memory", f"{texts:,} waiting", "500 waiting", limit=1.1) for texts in sizes[1:]),
        ratio(runs, "cpu", "1 worker", "worker's share"),
        of_the_host(runs),
    ]
    findings[-2] = msgspec.structs.replace(findings[-2], what="local host's process: cpu")
    return Measured(name=NAME, title=TITLE, rounds=plan.rounds(ROUNDS), findings=findings, cases=spreads(runs))


def of_the_host(runs: Runs) -> Finding:
    """Returns the CPU of a text that is the local host's own: polling, renewing, deleting, and its HTTP server."""
    pairs = zip(runs["1 worker"], runs["worker's share"], strict=True)
    values = [1000 * (host.value("cpu") - share.value("cpu")) for host, share in pairs]
    return Finding(what="local host's own part of a text", value=Spread.of(values), unit="ms of CPU")
