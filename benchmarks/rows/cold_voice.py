"""Cold start: a fresh process imports and indexes the app, and answers its first signed webhook."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path

import msgspec

from benchmarks.figures import Measured, ratio, spreads
from benchmarks.fresh_process import APPS, PARAMETERS, Ask, answer, published_copy, signed_form, uploaded_copy
from benchmarks.plan import Plan

NAME = "cold-voice"
TITLE = "cold start, first call"
ROUNDS = 16


async def measure(plan: Plan) -> Measured:
    """Compares with azure.functions and one hello function; the usual sample beside it, and ours without bytecode."""
    form = signed_form("/api/voice/incoming", PARAMETERS)
    with tempfile.TemporaryDirectory() as folder:
        own = Ask(
            folder=published_copy(Path(folder, "published")),
            function="voice_incoming",
            trigger=form,
            expects="<Response>",
        )
        uncompiled = uploaded_copy(Path(folder, "uploaded"))
        asks = {
            "hello": Ask(folder=APPS / "hello", function="hello", trigger=form, expects="Hello"),
            "switchboard": own,
            "without bytecode": msgspec.structs.replace(own, folder=uncompiled),
            "usual sample": Ask(folder=APPS / "usual", function="hello", trigger=form, expects="<Response>"),
        }
        rounds = plan.rounds(ROUNDS)
        runs = await plan.interleave(NAME, {name: partial(answer, ask) for name, ask in asks.items()}, rounds)
    findings = [
        ratio(runs, "time", "switchboard", "hello", limit=1.25),
        ratio(runs, "cpu", "switchboard", "hello"),
        ratio(runs, "memory", "switchboard", "hello", limit=1.25),
        ratio(runs, "time", "usual sample", "hello"),
        ratio(runs, "cpu", "usual sample", "hello"),
        ratio(runs, "memory", "usual sample", "hello"),
        ratio(runs, "time", "without bytecode", "hello"),
        ratio(runs, "cpu", "without bytecode", "hello"),
    ]
    return Measured(name=NAME, title=TITLE, rounds=rounds, findings=findings, cases=spreads(runs))
