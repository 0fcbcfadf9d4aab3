"""[hours] as written -> the opening hours of a number in its time zone."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec

from switchboard.numbers.conversion import convert, shown
from switchboard.numbers.hours import DAY_MINUTES, Hours, Range
from switchboard.numbers.positions import Path
from switchboard.numbers.problems import Problems
from switchboard.numbers.substitution import Missing
from switchboard.numbers.tables import HoursTable

ALWAYS = "always"
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_RANGE = r"(?a)(\d{1,2}):(\d\d) ?[-–] ?(\d{1,2}):(\d\d)"
_OWN = ("days", "dates")


class Week(msgspec.Struct, frozen=True, kw_only=True):
    """Ranges by weekday, Monday first, and by date; without a time zone."""

    days: tuple[tuple[Range, ...], ...]
    dates: dict[date, tuple[Range, ...]]

    def in_zone(self, name: str, time_zone: str) -> Hours:
        """The same for one number."""
        return Hours(name=name, time_zone=time_zone, days=self.days, dates=self.dates)


def read_hours(raw: Mapping[str, Any], problems: Problems) -> dict[str, Week]:
    """Every table of opening hours by name; "" is that of [hours] itself, which holds for every number."""
    if ALWAYS in raw:
        problems.add(("hours", ALWAYS), "wrong-value", '"always" means no opening hours', "Give it another name.")
    named = {name: each for name, each in raw.items() if name not in (*_OWN, ALWAYS)}
    weeks = {name: _week(each, ("hours", name), problems) for name, each in named.items()}
    own = {name: raw[name] for name in _OWN if name in raw}
    if own:
        weeks[""] = _week(own, ("hours",), problems)
    return weeks


def _week(raw: object, path: Path, problems: Problems) -> Week:
    table, _ = convert(raw, HoursTable, path, problems)
    days: list[tuple[Range, ...]] = [() for _ in WEEKDAYS]
    named: set[int] = set()
    for name, value in table.days.items():
        place = (*path, "days", name)
        ranges = _ranges(value, place, problems)
        for day in _days(name, place, problems):
            if day in named:
                wrong = f"{WEEKDAYS[day]} is named twice"
                problems.add(place, "duplicate", wrong, "Name each day once, alone or in a range.")
                continue
            named.add(day)
            days[day] = ranges
    dates = {}
    for name, value in table.dates.items():
        place = (*path, "dates", name)
        ranges = _ranges(value, place, problems)
        if day_of_year := _date(name, place, problems):
            dates[day_of_year] = ranges
    return Week(days=tuple(days), dates=dates)


def _days(name: str, path: Path, problems: Problems) -> list[int]:
    """The weekdays of `mon` or `mon-fri`, Monday 0; `sat-mon` goes over Sunday."""
    ends = name.split("-")
    if len(ends) > 2 or any(end not in WEEKDAYS for end in ends):
        wrong = f"{shown(name)} is not a day"
        problems.add(path, "wrong-value", wrong, f"Write {_corrected(ends)}: {', '.join(WEEKDAYS)}, or a range of two.")
        return []
    first, last = WEEKDAYS.index(ends[0]), WEEKDAYS.index(ends[-1])
    return [(first + each) % 7 for each in range((last - first) % 7 + 1)]


def _corrected(ends: list[str]) -> str:
    short = [end.strip().lower()[:3] for end in ends][:2]
    return "-".join(short) if all(end in WEEKDAYS for end in short) else "mon-fri, for example"


def _date(name: str, path: Path, problems: Problems) -> date | None:
    found = None
    if re.fullmatch(r"\d{4}-\d\d-\d\d", name, re.ASCII):
        with contextlib.suppress(ValueError):
            found = date.fromisoformat(name)
    if found is None:
        wrong = f"{shown(name)} is not a date"
        problems.add(path, "wrong-value", wrong, "Write year, month and day, as 2026-12-25.")
    return found


def _ranges(raw: object, path: Path, problems: Problems) -> tuple[Range, ...]:
    """The good ranges of a day; in place of a bad one it is closed."""
    if isinstance(raw, Missing):
        return ()
    if not isinstance(raw, list):
        name = path[-1]
        wrong = f"{shown(raw)} where a list is expected"
        problems.add(path, "wrong-type", wrong, f'Write {name} = ["09:00-18:00"], or {name} = [] for closed.')
        return ()
    found = (_range(each, (*path, index), problems) for index, each in enumerate(raw))
    return tuple(each for each in found if each)


def _range(raw: object, path: Path, problems: Problems) -> Range | None:
    if isinstance(raw, Missing):
        return None
    found = re.fullmatch(_RANGE, raw) if isinstance(raw, str) else None
    start, end = (_minutes(found[1], found[2]), _minutes(found[3], found[4])) if found else (-1, -1)
    if not (0 <= start < DAY_MINUTES and 0 <= end <= DAY_MINUTES):
        write = 'Write "09:00-18:00": two times from 00:00 to 24:00.'
        problems.add(path, "wrong-value", f"{shown(raw)} is not a range of times", write)
        return None
    if start == end:
        write = 'Write "00:00-24:00" for the whole day, or [] for closed.'
        problems.add(path, "wrong-value", f"{shown(raw)} begins and ends at the same time", write)
        return None
    return Range(start, end if end > start else end + DAY_MINUTES)


def _minutes(hour: str, minute: str) -> int:
    """Minutes after midnight, -1 for what no clock shows."""
    return int(hour) * 60 + int(minute) if int(minute) < 60 else -1
