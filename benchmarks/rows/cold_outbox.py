"""Cold start of an outbox: from the start of a process to its first request at Twilio, for its first message."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.figures import Figures, Measured, ratio, spreads
from benchmarks.fresh_process import APPS, Ask, answer, published_copy
from benchmarks.plan import Plan
from benchmarks.processes import seen, twilio
from benchmarks.storage import storage

NAME = "cold-outbox"
TITLE = "cold start, first queue message to first request at Twilio"
ROUNDS = 10


@dataclass(frozen=True)
class Send:
    """A case: every run has a command of its own, and ends at Twilio's side."""

    ask: Ask
    url: str
    numbers: count[int] = field(default_factory=count)

    async def __call__(self) -> Figures:
        """Returns the time until Twilio got the request, and what the process had used when its function returned."""
        number = next(self.numbers)
        trigger = {"body": json.dumps(command(f"{self.ask.function}-{number}"))}
        began: list[float] = []
        figures = await answer(msgspec.structs.replace(self.ask, trigger=trigger), began)
        (arrived,) = await asyncio.to_thread(seen, self.url)
        return msgspec.structs.replace(figures, seconds=arrived - began[0])


def command(identity: str) -> dict[str, Any]:
    """Returns a text to send."""
    return {"id": identity, "to": "+15005550010", "body": "Your code is 1234."}


async def measure(plan: Plan) -> Measured:
    """Compares with the same SDKs, imported and used once."""
    rounds = plan.rounds(ROUNDS)
    with tempfile.TemporaryDirectory() as folder:
        async with storage() as (options, _), twilio(0) as (url, _):
            environ: Mapping[str, str] = {
                "AzureWebJobsStorage": options.connection_string,
                "TWILIO_API_BASE_URL": url,
            }
            own = published_copy(Path(folder, "published"))
            shared: dict[str, Any] = {"trigger": {}, "environ": environ, "status": 0}
            cases = {
                "the SDKs": Send(Ask(folder=APPS / "text", function="hello", **shared), url),
                "switchboard": Send(Ask(folder=own, function="send_sms", **shared), url),
            }
            runs = await plan.interleave(NAME, cases, rounds)
    findings = [
        ratio(runs, "time", "switchboard", "the SDKs", limit=1.15),
        ratio(runs, "cpu", "switchboard", "the SDKs"),
        ratio(runs, "memory", "switchboard", "the SDKs"),
    ]
    return Measured(name=NAME, title=TITLE, rounds=rounds, findings=findings, cases=spreads(runs))
