"""Opening hours: whether they are open at a moment, since when and until when.

What counts is the clock on the wall. In the hour that comes twice when daylight saving ends, a range is open both
times; of a range in the hour that is skipped when it begins, only what the clock shows is open.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo

import msgspec

DAY_MINUTES = 24 * 60
# A change of opening further away than this is not looked for.
MOST_DAYS = 400
_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)


class Range(msgspec.Struct, frozen=True):
    """Minutes after midnight of the day it begins on; `end`, not included, is over 1,440 when that is a day later."""

    start: int
    end: int


class Hours(msgspec.Struct, frozen=True, kw_only=True):
    """The ranges of each weekday, Monday first, in an IANA time zone. A date of `dates` replaces its weekday's."""

    name: str
    time_zone: str
    days: tuple[tuple[Range, ...], ...]
    dates: dict[date, tuple[Range, ...]] = {}

    def on(self, day: date) -> tuple[Range, ...]:
        """The ranges that begin on that day."""
        return self.dates.get(day, self.days[day.weekday()])

    def never_change(self) -> bool:
        """Whether no day has a range."""
        return not any(self.days) and not any(self.dates.values())


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """Open or closed, `since` a moment and `until` another, both in the hours' time zone.

    None where there is no change within 400 days. Compare them in UTC: Python calls a time that comes twice unequal to
    the same moment in another zone.
    """

    open: bool
    since: datetime | None = None
    until: datetime | None = None


def is_open(hours: Hours, moment: datetime) -> bool:
    """Whether the hours are open at a moment. Raises ValueError for one without a time zone."""
    wall = _aware(moment).astimezone(zone_of(hours.time_zone))
    minute = wall.hour * 60 + wall.minute
    today = wall.date()
    return _covers(hours.on(today), minute) or (
        today > date.min and _covers(hours.on(today - _DAY), minute + DAY_MINUTES)
    )


def opening(hours: Hours | None, moment: datetime) -> Opening:
    """The same, with the change before (or at) the moment and the next one after it. No hours: always open."""
    if hours is None:
        return Opening(open=True)
    now_open = is_open(hours, moment)
    if hours.never_change():
        return Opening(open=now_open)
    zone = zone_of(hours.time_zone)
    wall = moment.astimezone(zone)
    until = next((each for each in _later(hours, wall, zone) if is_open(hours, each) != now_open), None)
    since = next((each for each in _earlier(hours, wall, zone) if _was_open(hours, each) != now_open), None)
    return Opening(open=now_open, since=since, until=until)


def zone_of(name: str) -> tzinfo:
    """The time zone of an IANA name. Raises ValueError for a name that is none."""
    # Imported here: a file without opening hours never needs it.
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, OSError) as error:
        raise ValueError(f"not an IANA time zone: {name}") from error


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return moment


def _was_open(hours: Hours, moment: datetime) -> bool:
    """Whether they were open just before. Subtracted in UTC: by the wall's clock it may be a time that was skipped."""
    return is_open(hours, _instant(moment) - _SECOND)


def _covers(ranges: tuple[Range, ...], minute: int) -> bool:
    return any(each.start <= minute < each.end for each in ranges)


def _later(hours: Hours, wall: datetime, zone: tzinfo) -> Iterator[datetime]:
    """Moments after this one at which opening may change, nearest first."""
    for day in _days_from(wall.date(), _DAY):
        yield from (each for each in _changes(hours, day, zone) if _instant(each) > _instant(wall))


def _earlier(hours: Hours, wall: datetime, zone: tzinfo) -> Iterator[datetime]:
    """Moments at or before this one at which opening may have changed, nearest first."""
    for day in _days_from(wall.date(), -_DAY):
        yield from (each for each in reversed(_changes(hours, day, zone)) if _instant(each) <= _instant(wall))


def _days_from(day: date, step: timedelta) -> Iterator[date]:
    for _ in range(MOST_DAYS):
        # A day beside the first and the last that a date can be is needed for time zones.
        if not date.min + 2 * _DAY < day < date.max - 2 * _DAY:
            return
        yield day
        day += step


def _changes(hours: Hours, day: date, zone: tzinfo) -> list[datetime]:
    """Where ranges begin and end on a day, both times where the clock shows it twice, and where the clock jumps."""
    minutes = {each.start for each in hours.on(day)} | {each.end for each in hours.on(day)}
    minutes |= {each.end - DAY_MINUTES for each in hours.on(day - _DAY)}
    midnight = datetime.combine(day, time())
    walls = (midnight + timedelta(minutes=minute) for minute in minutes if 0 <= minute < DAY_MINUTES)
    instants = {_instant(wall.replace(tzinfo=zone, fold=fold)) for wall in walls for fold in (0, 1)}
    # A time that the clock skips at midnight would come out as one of the day before.
    moments = {instant for instant in instants if instant.astimezone(zone).date() == day} | _jumps(midnight, zone)
    return [moment.astimezone(zone) for moment in sorted(moments)]


def _jumps(midnight: datetime, zone: tzinfo) -> set[datetime]:
    """The moment of that day at which the clock is put forward or back, to the second."""
    first, last = (_instant(each.replace(tzinfo=zone)) for each in (midnight, midnight + _DAY))
    before = first.astimezone(zone).utcoffset()
    if last.astimezone(zone).utcoffset() == before:
        return set()
    while last - first > _SECOND:
        middle = first + timedelta(seconds=(last - first) // _SECOND // 2)
        if middle.astimezone(zone).utcoffset() == before:
            first = middle
        else:
            last = middle
    return {last}


def _instant(moment: datetime) -> datetime:
    """In UTC: aware datetimes of one zone are compared by their walls' clocks, not by when they are."""
    return moment.astimezone(UTC)
