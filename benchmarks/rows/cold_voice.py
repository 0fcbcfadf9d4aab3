"""Cold start: a fresh process imports and indexes the app, and answers its first signed webhook."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path

from benchmarks.figures import Measured, ratio, spreads
from benchmarks.fresh_process import APPS, PARAMETERS, Ask, answer, signed_form, uploaded_copy
from benchmarks.plan import Plan

NAME = "cold-voice"
TITLE = "cold start, first call"
ROUNDS = 20


async def measure(plan: Plan) -> Measured:
    """Compares with azure.functions and one hello function; the usual sample and a compiled copy beside it."""
    form = signed_form("/api/voice/incoming", PARAMETERS)
    with tempfile.TemporaryDirectory() as folder:
        ours, compiled = Path(folder, "ours"), Path(folder, "compiled")
        own = Ask(folder=uploaded_copy(ours), function="voice_incoming", trigger=form, expects="<Response>")
        asks = {
            "hello": Ask(folder=APPS / "hello", function="hello", trigger=form, expects="Hello"),
            "switchboard": own,
            "usual sample": Ask(folder=APPS / "usual", function="hello", trigger=form, expects="<Response>"),
            "switchboard, compiled": Ask(
                folder=uploaded_copy(compiled, compiled=True),
                function="voice_incoming",
                trigger=form,
                expects="<Response>",
            ),
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
        ratio(runs, "time", "switchboard, compiled", "hello"),
        ratio(runs, "cpu", "switchboard, compiled", "hello"),
    ]
    return Measured(name=NAME, title=TITLE, rounds=rounds, findings=findings, cases=spreads(runs))
