"""What the phone page and the terminal show of the team's files: each number as a tree, mistakes, and the clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

from local.app_services import ShiftedClock
from local.errors import LocalError
from local.flow_steps import problem_of, read_steps, with_steps
from switchboard.numbers import Numbers
from switchboard.numbers.hours import zone_of
from switchboard.numbers.reader import read_file
from switchboard.numbers.summary import Branch, number_tree, queue_tree

Json = dict[str, object]


class ClockError(LocalError):
    """A time that cannot be read; the message says what is expected."""


@dataclass
class NumbersBoard:
    """The file as it is now, by the clock of the page. `read` reads it again."""

    path: Path
    environ: Mapping[str, str]
    clock: ShiftedClock = field(default_factory=ShiftedClock)
    numbers: Numbers = field(init=False)

    def __post_init__(self) -> None:
        self.read()

    def read(self) -> None:
        """Read the file as the app does, with the same settings."""
        self.numbers = read_file(self.path, self.environ, local=True)

    def mistakes(self) -> list[str]:
        """Return each mistake with file and line, and what to write instead. Warnings are for the page."""
        own = [f"numbers.toml: {problem}" for problem in self.numbers.problems if not problem.warning]
        return [*own, *self._flow_problems()]

    def phone_numbers(self) -> list[str]:
        """Return the numbers that a handset can call: those of the file, and the account's own where `"*"` answers."""
        listed = [each for number in self.numbers.numbers for each in number.numbers if each.startswith("+")]
        own = self.environ.get("TWILIO_FROM", "")
        return [own, *listed] if own.startswith("+") and own not in listed and self.numbers.find(own).known else listed

    def set_clock(self, text: str) -> float:
        """Set the clock to a local time of the file's time zone; "" sets it back. Returns the shift in seconds.

        Raises ClockError.
        """
        if not text:
            self.clock.seconds = 0
            return 0
        try:
            moment = datetime.fromisoformat(text)
            moment = moment if moment.tzinfo else moment.replace(tzinfo=self._zone())
            self.clock.seconds = (moment - datetime.now(UTC)) / timedelta(seconds=1)
        except (ValueError, OverflowError) as error:
            raise ClockError(f"at: {text!r} is not a time as 2026-12-27T22:00") from error
        return self.clock.seconds

    def to_json(self) -> Json:
        """Return what the page shows."""
        now = self.clock.now()
        zone = self._zone()
        trees = [number_tree(number, self.numbers, now) for number in self.numbers.numbers]
        trees += [queue_tree(queue, self.numbers) for queue in self.numbers.queues.values()]
        flow_problems = self._flow_problems()
        steps = {} if flow_problems else read_steps(self.flows)
        problems = [{"text": str(problem), "warning": problem.warning} for problem in self.numbers.problems]
        return {
            "callable": self.phone_numbers(),
            "trees": [_tree(with_steps(tree, steps)) for tree in trees],
            "problems": [*problems, *({"text": problem, "warning": False} for problem in flow_problems)],
            "clock": {
                "now": now.astimezone(zone).isoformat(timespec="minutes"),
                "zone": str(zone),
                "shifted": self.clock.seconds != 0,
            },
        }

    @property
    def flows(self) -> Path:
        """The team's flows.py, which may be absent."""
        return self.path.with_name("flows.py")

    def _flow_problems(self) -> list[str]:
        return [found] if (found := problem_of(self.flows)) else []

    def _zone(self) -> tzinfo:
        zones = [number.hours.time_zone for number in self.numbers.numbers if number.hours]
        return zone_of(zones[0]) if zones else UTC


def _tree(branch: Branch) -> Json:
    return {"text": branch.text, "branches": [_tree(each) for each in branch.branches]}
