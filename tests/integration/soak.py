"""The app killed again and again over many messages, each pushed twice: `python -m tests.integration.soak`."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random

from switchboard.delivery.states import FIRST_STATUSES, is_known
from tests.integration.rig import Rig, until

LIFE_SECONDS = (0.5, 3.0)
QUIET_SECONDS = 600
SHARED = tuple(f"+35191000000{n}" for n in range(5))
Report = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How many messages, for how many seconds after the first create the app is killed, and its settings.

    Every fifth message goes to one of a few shared numbers. `alike`: all have one body and one recipient, and the
    callbacks, which alone identify them, are slow enough for the last to reach a running app.
    """

    messages: int = 500
    seconds: float = 60
    claim: int = 8
    settle: int = 2
    lease: int = 5
    seed: int = 1
    alike: bool = False

    @property
    def ids(self) -> list[str]:
        """One per message."""
        return [f"soak-{n}" for n in range(self.messages)]

    def command(self, n: int) -> dict[str, str]:
        """The n-th command."""
        to = SHARED[n // 5 % len(SHARED)] if n % 5 == 0 else f"+35192{n:07}"
        body = f"Your code is {n}."
        return {"id": f"soak-{n}"} | ({"to": SHARED[0], "body": "Hello."} if self.alike else {"to": to, "body": body})


@dataclass(frozen=True, kw_only=True)
class Summary:
    """The results."""

    plan: Plan
    kills: int
    creates: int
    lists: int
    accepted: Counter[str]
    received: Counter[tuple[str, str]]
    states: Mapping[str, str]
    published: Mapping[str, list[str]]
    left_over: Mapping[str, int]

    def lines(self) -> list[str]:
        """The report: numbers first, then every violation."""
        more_than_once = sum(times > 1 for times in self.accepted.values())
        states = ", ".join(f"{count} {state}" for state, count in sorted(Counter(self.states.values()).items()))
        left_over = ", ".join(f"{queue} {depth}" for queue, depth in self.left_over.items())
        return [
            f"{self.plan.messages} messages pushed twice each; the app was killed {self.kills} times",
            f"Twilio got {self.creates} create requests and {self.lists} list requests",
            f"accepted {self.accepted.total()}, {len(self.accepted)} different, {more_than_once} more than once",
            f"records: {states}",
            f"left over: {left_over}",
            *self.wrong(),
        ]

    def wrong(self) -> list[str]:
        """Every violation of the promise."""
        ids, states = self.plan.ids, self.states
        found = [f"{each} was accepted {self.accepted[each]} times" for each in ids if self.accepted[each] != 1]
        found += [f"{each} is {states.get(each)}" for each in ids if not is_known("sms", states.get(each, ""))]
        news = {each: state for each, state in states.items() if state not in FIRST_STATUSES}
        found += [
            f"no event has {state} of {each}" for each, state in news.items() if state not in self.published[each]
        ]
        found += [f"{queue} holds {depth}" for queue, depth in self.left_over.items() if depth]
        expected = Counter((each["to"], each["body"]) for each in map(self.plan.command, range(self.plan.messages)))
        return found + ([] if self.received == expected else ["the recipients did not get what they should"])


async def run(plan: Plan, report: Report = lambda _: None) -> Summary:
    """Runs the plan."""
    pace = plan.seconds / 2 if plan.alike else 0.5
    async with Rig(claim=plan.claim, settle=plan.settle, lease=plan.lease, pace=pace) as rig:
        chance = Random(plan.seed)  # noqa: S311 - the same order in every run
        pushed = [plan.command(n) for n in range(plan.messages)] * 2
        chance.shuffle(pushed)
        await rig.push("sms-outbox", pushed)
        report(f"{len(pushed)} messages are on sms-outbox")
        kills = await _kill_for(rig, plan, chance, report)
        begun = time.monotonic()
        await rig.app.start()
        reporting = asyncio.create_task(_report_progress(rig, report))
        try:
            await rig.until_quiet("sms-outbox", seconds=QUIET_SECONDS)
            await until(lambda: rig.twilio.is_done, "every callback is delivered", seconds=QUIET_SECONDS)
        finally:
            reporting.cancel()
        report(f"quiet {time.monotonic() - begun:.0f} s after the last kill")
        return Summary(
            plan=plan,
            kills=kills,
            creates=len(rig.twilio.creates),
            lists=rig.twilio.lists,
            accepted=Counter(create.command_id for create in rig.twilio.accepted),
            received=Counter((create.to, create.body) for create in rig.twilio.accepted),
            states=await rig.states(),
            published=await rig.published(),
            left_over=await rig.left_over(),
        )


async def _kill_for(rig: Rig, plan: Plan, chance: Random, report: Report) -> int:
    """Kills the app after each short life, until so many seconds after the first create.

    Returns the number of kills.
    """
    kills = 0
    while not rig.twilio.creates or time.monotonic() < rig.twilio.creates[0].at + plan.seconds:
        await rig.app.start()
        life = chance.uniform(*LIFE_SECONDS)
        await asyncio.sleep(life)
        await rig.app.kill()
        kills += 1
        report(f"kill {kills} after {life:.1f} s: {len(rig.twilio.accepted)} accepted")
    return kills


async def _report_progress(rig: Rig, report: Report) -> None:
    while True:
        await asyncio.sleep(10)
        depth, left_over = await rig.depth("sms-outbox"), await rig.left_over()
        report(f"{len(rig.twilio.accepted)} accepted, sms-outbox {depth}, {left_over}")


def main() -> int:
    """Runs the command line and prints the report; 1 when there is a violation."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=60, help="how long the app is killed, after the first create")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--alike", action="store_true", help="one body and one number for all")
    options = parser.parse_args()
    plan = Plan(messages=options.messages, seconds=options.seconds, seed=options.seed, alike=options.alike)
    begun = time.monotonic()

    def report(line: str) -> None:
        sys.stdout.write(f"{time.monotonic() - begun:6.1f} s  {line}\n")
        sys.stdout.flush()

    summary = asyncio.run(run(plan, report))
    for line in summary.lines():
        report(line)
    return 1 if summary.wrong() else 0


if __name__ == "__main__":
    sys.exit(main())
