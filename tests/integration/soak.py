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
Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How many messages, for how many seconds after the first create the app is killed, and its settings.

    Every fifth message goes to one of a few shared numbers. `alike`: all have one body and go to one number, and
    callbacks, by which alone they can be told apart, come slowly enough for the last to find the app alive.
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
        """One a message."""
        return [f"soak-{n}" for n in range(self.messages)]

    def command(self, n: int) -> dict[str, str]:
        """The n-th."""
        to = SHARED[n // 5 % len(SHARED)] if n % 5 == 0 else f"+35192{n:07}"
        body = f"Your code is {n}."
        return {"id": f"soak-{n}"} | ({"to": SHARED[0], "body": "Hello."} if self.alike else {"to": to, "body": body})


@dataclass(frozen=True, kw_only=True)
class Summary:
    """What came of it."""

    plan: Plan
    kills: int
    creates: int
    lists: int
    taken: Counter[str]
    received: Counter[tuple[str, str]]
    states: Mapping[str, str]
    told: Mapping[str, list[str]]
    ends: Mapping[str, int]

    def lines(self) -> list[str]:
        """For people: numbers first, then everything that is not as promised."""
        more_than_once = sum(times > 1 for times in self.taken.values())
        states = ", ".join(f"{count} {state}" for state, count in sorted(Counter(self.states.values()).items()))
        ends = ", ".join(f"{queue} {depth}" for queue, depth in self.ends.items())
        return [
            f"{self.plan.messages} messages pushed twice each; the app was killed {self.kills} times",
            f"Twilio was asked {self.creates} times and listed {self.lists} times",
            f"accepted {self.taken.total()}, {len(self.taken)} different, {more_than_once} more than once",
            f"records: {states}",
            f"left over: {ends}",
            *self.wrong(),
        ]

    def wrong(self) -> list[str]:
        """What is not as promised."""
        ids, states = self.plan.ids, self.states
        found = [f"{each} was accepted {self.taken[each]} times" for each in ids if self.taken[each] != 1]
        found += [f"{each} is {states.get(each)}" for each in ids if not is_known("sms", states.get(each, ""))]
        news = {each: state for each, state in states.items() if state not in FIRST_STATUSES}
        found += [f"no event said {state} of {each}" for each, state in news.items() if state not in self.told[each]]
        found += [f"{queue} holds {depth}" for queue, depth in self.ends.items() if depth]
        expected = Counter((each["to"], each["body"]) for each in map(self.plan.command, range(self.plan.messages)))
        return found + ([] if self.received == expected else ["the recipients did not get what they should"])


async def run(plan: Plan, say: Say = lambda _: None) -> Summary:
    """Do it."""
    pace = plan.seconds / 2 if plan.alike else 0.5
    async with Rig(claim=plan.claim, settle=plan.settle, lease=plan.lease, pace=pace) as rig:
        chance = Random(plan.seed)  # noqa: S311 - the same order in every run
        pushed = [plan.command(n) for n in range(plan.messages)] * 2
        chance.shuffle(pushed)
        await rig.push("sms-outbox", pushed)
        say(f"{len(pushed)} messages are on sms-outbox")
        kills = await _kill_for(rig, plan, chance, say)
        begun = time.monotonic()
        await rig.app.start()
        telling = asyncio.create_task(_tell(rig, say))
        try:
            await rig.until_quiet("sms-outbox", seconds=QUIET_SECONDS)
            await until(lambda: rig.twilio.is_done, "every callback is delivered", seconds=QUIET_SECONDS)
        finally:
            telling.cancel()
        say(f"quiet {time.monotonic() - begun:.0f} s after the last kill")
        return Summary(
            plan=plan,
            kills=kills,
            creates=len(rig.twilio.asked),
            lists=rig.twilio.lists,
            taken=Counter(create.command_id for create in rig.twilio.taken),
            received=Counter((create.to, create.body) for create in rig.twilio.taken),
            states=await rig.states(),
            told=await rig.told(),
            ends=await rig.ends(),
        )


async def _kill_for(rig: Rig, plan: Plan, chance: Random, say: Say) -> int:
    """Kill it after each short life, until so many seconds after the first create: how often that was."""
    kills = 0
    while not rig.twilio.asked or time.monotonic() < rig.twilio.asked[0].at + plan.seconds:
        await rig.app.start()
        life = chance.uniform(*LIFE_SECONDS)
        await asyncio.sleep(life)
        await rig.app.kill()
        kills += 1
        say(f"kill {kills} after {life:.1f} s: {len(rig.twilio.taken)} accepted")
    return kills


async def _tell(rig: Rig, say: Say) -> None:
    while True:
        await asyncio.sleep(10)
        depth, ends = await rig.depth("sms-outbox"), await rig.ends()
        say(f"{len(rig.twilio.taken)} accepted, sms-outbox {depth}, {ends}")


def main() -> int:
    """Run it as the command line asks, and say what came of it: 1 when something is not as promised."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=60, help="how long the app is killed, after the first create")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--alike", action="store_true", help="one body and one number for all")
    asked = parser.parse_args()
    plan = Plan(messages=asked.messages, seconds=asked.seconds, seed=asked.seed, alike=asked.alike)
    begun = time.monotonic()

    def say(line: str) -> None:
        sys.stdout.write(f"{time.monotonic() - begun:6.1f} s  {line}\n")
        sys.stdout.flush()

    summary = asyncio.run(run(plan, say))
    for line in summary.lines():
        say(line)
    return 1 if summary.wrong() else 0


if __name__ == "__main__":
    sys.exit(main())
