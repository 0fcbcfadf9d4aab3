"""The outbox: CPU of a text in the worker, the polling host apart, against the SDKs and against the guides' way."""

from __future__ import annotations

from contextlib import AsyncExitStack
from functools import partial
from itertools import count

from benchmarks.figures import Figures, Finding, Measured, Runs, Spread, ratio, spreads, times_less
from benchmarks.fresh_process import ENVIRONMENT
from benchmarks.plan import Plan
from benchmarks.processes import Child, child, twilio
from benchmarks.programs.ways import WAYS
from benchmarks.storage import storage

NAME = "outbox"
TITLE = "outbox, CPU of a text"
ROUNDS = 5
TEXTS = 400
WARM_UP = 24
# What a Flex instance with one core holds by default: batchSize + newBatchThreshold.
CONCURRENCY = 24
LOW_CONCURRENCY = 8
ANSWER_SECONDS = 0.1

_runs = count()


async def send(worker: Child, texts: int, concurrency: int = CONCURRENCY) -> Figures:
    """Lets a worker send texts, and returns their figures."""
    said = await worker.ask({"texts": texts, "concurrency": concurrency, "prefix": f"r{next(_runs)}"})
    return Figures(seconds=said["seconds"], cpu=said["cpu"], peak=said["peak"], units=texts)


async def pace(worker: Child, texts: int, concurrency: int) -> Figures:
    """Lets a worker send texts; the time of a text is that between two in the middle, where all are under way."""
    said = await worker.ask({"texts": texts, "concurrency": concurrency, "prefix": f"r{next(_runs)}"})
    return Figures(seconds=said["between"], cpu=said["cpu"] / texts)


async def measure(plan: Plan) -> Measured:
    """Measures each way in a process of its own, warm, in turns."""
    rounds, texts = plan.rounds(ROUNDS), plan.size(TEXTS)
    async with AsyncExitStack() as opened:
        options, _ = await opened.enter_async_context(storage())
        url, _ = await opened.enter_async_context(twilio(ANSWER_SECONDS))
        environ = {**ENVIRONMENT, "AzureWebJobsStorage": options.connection_string, "TWILIO_API_BASE_URL": url}
        workers = {
            way: await opened.enter_async_context(child("benchmarks.programs.text_worker", way, environ=environ))
            for way in WAYS
        }
        for worker in workers.values():
            await send(worker, WARM_UP)
        runs = await plan.interleave(NAME, {way: partial(send, each, texts) for way, each in workers.items()}, rounds)
        paced = await plan.interleave(
            f"{NAME}, throughput",
            {
                "one at a time": partial(pace, workers["switchboard"], 12, 1),
                "eight at once": partial(pace, workers["switchboard"], 120, LOW_CONCURRENCY),
            },
            plan.rounds(3),
        )
    findings = [
        ratio(runs, "cpu", "switchboard", "SDKs", limit=0.85),
        ratio(runs, "cpu", "switchboard", "SDKs, same options", limit=1.30),
        times_less(runs, "cpu", "switchboard", "guide", limit=1.6),
        share_of_ideal(paced),
        busy(runs),
    ]
    return Measured(name=NAME, title=TITLE, rounds=rounds, findings=findings, cases=spreads(runs) | spreads(paced))


def share_of_ideal(paced: Runs) -> Finding:
    """Returns the texts a second at a low concurrency, as a share of concurrency ÷ the latency of a text alone."""
    pairs = zip(paced["one at a time"], paced["eight at once"], strict=True)
    shares = [100 * alone.value("time") / LOW_CONCURRENCY / many.value("time") for alone, many in pairs]
    what = f"texts a second at {LOW_CONCURRENCY} at once, of concurrency ÷ latency"
    return Finding(what=what, value=Spread.of(shares), unit="%", limit=95, at_least=True)


def busy(runs: Runs) -> Finding:
    """Returns how busy one core is at the default concurrency: when it is full, more concurrency brings nothing."""
    values = [100 * each.cpu / each.seconds for each in runs["switchboard"]]
    return Finding(what=f"one core busy at {CONCURRENCY} at once", value=Spread.of(values), unit="%")
