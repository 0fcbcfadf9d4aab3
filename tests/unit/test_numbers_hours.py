"""Opening hours: whether they are open, since when and until when."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from switchboard.numbers import Hours, Opening, Range, is_open, opening
from tests.numbers_files import FRONT_DESK, at_top, numbers

LISBON = ZoneInfo("Europe/Lisbon")
OFFICE = """\
time_zone = "Europe/Lisbon"
[hours.office]
days = { mon-fri = ["09:00-12:30", "14:00-18:00"], sat-sun = ["01:15-01:45"] }
dates = { 2026-12-24 = ["09:00-12:00"], 2026-12-25 = [] }
"""


def hours(text: str) -> Hours:
    """The opening hours of a file's number."""
    read = numbers(at_top(text) + 'hours = "office"')
    assert read.problems == ()
    found = read.find(FRONT_DESK).hours
    assert found is not None
    return found


def lisbon(text: str, fold: int = 0) -> datetime:
    """A moment by the clock on the wall in Lisbon."""
    return datetime.fromisoformat(text).replace(tzinfo=LISBON, fold=fold)


def state(found: Hours, moment: datetime) -> tuple[bool, str, str]:
    """Open or closed, since and until, by the clock on the wall."""
    opened = opening(found, moment)
    assert opened.open is is_open(found, moment)
    since, until = (f"{each:%Y-%m-%d %H:%M}" if each else "" for each in (opened.since, opened.until))
    return opened.open, since, until


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-12-22T10:00", (True, "2026-12-22 09:00", "2026-12-22 12:30")),
        ("2026-12-22T13:00", (False, "2026-12-22 12:30", "2026-12-22 14:00")),
        ("2026-12-22T20:00", (False, "2026-12-22 18:00", "2026-12-23 09:00")),
        ("2026-12-24T15:00", (False, "2026-12-24 12:00", "2026-12-26 01:15")),
        ("2026-12-25T10:00", (False, "2026-12-24 12:00", "2026-12-26 01:15")),
        ("2026-12-22T09:00", (True, "2026-12-22 09:00", "2026-12-22 12:30")),
        ("2026-12-22T08:59:59", (False, "2026-12-21 18:00", "2026-12-22 09:00")),
        ("2026-12-22T12:30", (False, "2026-12-22 12:30", "2026-12-22 14:00")),
    ],
    ids=["open", "lunch", "evening", "holiday-eve", "holiday", "first-second", "second-before", "end"],
)
def test_a_day_in_the_office(moment: str, expected: tuple[bool, str, str]) -> None:
    """A range begins with its first minute and ends before its last."""
    assert state(hours(OFFICE), lisbon(moment)) == expected


def test_a_range_in_the_hour_that_is_skipped_in_march_is_never_open() -> None:
    """On 29 March 2026 the clock in Lisbon goes from 01:00 to 02:00."""
    office = hours(OFFICE)
    before, after = datetime(2026, 3, 29, 0, 59, tzinfo=UTC), datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    assert not any(is_open(office, before + timedelta(minutes=each)) for each in range(180))
    assert state(office, after) == (False, "2026-03-28 01:45", "2026-03-30 09:00")


def test_a_range_that_ends_in_the_skipped_hour_ends_where_the_clock_jumps() -> None:
    """There is no 01:30 that night: closed from 02:00 on."""
    office = hours(OFFICE.replace("01:15-01:45", "00:30-01:30"))
    assert state(office, datetime(2026, 3, 29, 0, 45, tzinfo=UTC)) == (True, "2026-03-29 00:30", "2026-03-29 02:00")
    assert state(office, datetime(2026, 3, 29, 1, 0, tzinfo=UTC))[0] is False


def test_a_range_that_ends_as_the_clock_jumps_has_been_closed_since_then() -> None:
    """The last open minute is 00:59, and the next that there is 02:00."""
    office = hours(OFFICE.replace("01:15-01:45", "00:00-01:00"))
    assert state(office, datetime(2026, 3, 29, 1, 0, tzinfo=UTC))[:2] == (False, "2026-03-29 02:00")
    assert state(office, datetime(2026, 3, 29, 0, 59, tzinfo=UTC))[2] == "2026-03-29 02:00"


def test_a_range_in_the_hour_that_comes_twice_in_october_is_open_twice() -> None:
    """On 25 October 2026 the clock in Lisbon goes from 02:00 back to 01:00."""
    office = hours(OFFICE)
    first, second = lisbon("2026-10-25T01:30"), lisbon("2026-10-25T01:30", fold=1)
    assert second.astimezone(UTC) - first.astimezone(UTC) == timedelta(hours=1)
    for moment in (first, second):
        opened = opening(office, moment)
        assert opened.open
        assert opened.since is not None
        assert opened.until is not None
        assert opened.until.astimezone(UTC) - opened.since.astimezone(UTC) == timedelta(minutes=30)
    between = opening(office, lisbon("2026-10-25T01:50"))
    assert not between.open
    assert between.until is not None
    assert between.until.astimezone(UTC) == datetime(2026, 10, 25, 1, 15, tzinfo=UTC)


def test_a_range_over_the_hour_that_comes_twice_is_an_hour_longer() -> None:
    """From 00:30 to 02:30 the clock needs three hours."""
    opened = opening(hours(OFFICE.replace("01:15-01:45", "00:30-02:30")), lisbon("2026-10-25T01:00"))
    assert opened.since is not None
    assert opened.until is not None
    assert opened.until.astimezone(UTC) - opened.since.astimezone(UTC) == timedelta(hours=3)


NIGHT = OFFICE.replace('sat-sun = ["01:15-01:45"]', 'sat = ["22:00-06:00"]')


@pytest.mark.parametrize(
    ("moment", "expected"),
    [("2026-06-06T23:00", True), ("2026-06-07T05:59", True), ("2026-06-07T06:00", False), ("2026-06-06T05:00", False)],
)
def test_a_range_over_midnight_belongs_to_the_day_it_begins_on(moment: str, expected: bool) -> None:
    """Saturday night goes on into Sunday, which has no range; Friday has no night."""
    assert is_open(hours(NIGHT), lisbon(moment)) is expected


def test_the_end_of_a_night_survives_a_closed_date() -> None:
    """The date replaces the ranges that begin on it, not the one that is still going on."""
    office = hours(NIGHT.replace("2026-12-25 = []", "2026-06-07 = []"))
    assert state(office, lisbon("2026-06-07T03:00")) == (True, "2026-06-06 22:00", "2026-06-07 06:00")


def test_midnight_is_twenty_four_o_clock() -> None:
    """Two days that touch are one opening; so does an end at 00:00."""
    office = hours(
        OFFICE.replace('sat-sun = ["01:15-01:45"]', 'sat = ["10:00-24:00"], sun = ["00:00-02:00", "20:00-00:00"]')
    )
    assert state(office, lisbon("2026-06-06T12:00")) == (True, "2026-06-06 10:00", "2026-06-07 02:00")
    assert state(office, lisbon("2026-06-07T23:59")) == (True, "2026-06-07 20:00", "2026-06-08 00:00")


def test_a_range_of_days_may_go_over_sunday() -> None:
    """sat-mon is three days."""
    office = hours('time_zone = "UTC"\n[hours.office]\ndays = { sat-mon = ["10:00-11:00"] }')
    opened = [is_open(office, datetime(2026, 6, day, 10, tzinfo=UTC)) for day in range(1, 8)]
    assert opened == [True, False, False, False, False, True, True]


def test_ranges_that_overlap_are_one_opening() -> None:
    """Opening does not change where one of them ends."""
    office = hours('time_zone = "UTC"\n[hours.office]\ndays = { mon = ["09:00-13:00", "12:00-18:00"] }')
    assert state(office, datetime(2026, 6, 1, 12, 30, tzinfo=UTC)) == (True, "2026-06-01 09:00", "2026-06-01 18:00")


def test_no_hours_are_always_open() -> None:
    """There is nothing to say since or until when."""
    assert opening(None, datetime(2026, 6, 1, tzinfo=UTC)) == Opening(open=True)


def test_hours_without_a_range_are_always_closed() -> None:
    """Nor is there here."""
    office = hours('time_zone = "UTC"\n[hours.office]\ndays = { mon-sun = [] }')
    assert opening(office, datetime(2026, 6, 1, tzinfo=UTC)) == Opening(open=False)


def test_hours_that_never_close_have_no_since_and_until() -> None:
    """The search ends."""
    office = hours('time_zone = "Europe/Lisbon"\n[hours.office]\ndays = { mon-sun = ["00:00-24:00"] }')
    assert opening(office, datetime(2026, 6, 1, tzinfo=UTC)) == Opening(open=True)


@pytest.mark.parametrize("moment", [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, tzinfo=UTC)])
def test_the_ends_of_the_calendar_are_moments_too(moment: datetime) -> None:
    """An operator may ask for any date."""
    assert isinstance(opening(hours(NIGHT.replace("Europe/Lisbon", "UTC")), moment), Opening)


def test_a_moment_without_a_time_zone_is_refused() -> None:
    """It would be read by the clock of whatever machine this is."""
    with pytest.raises(ValueError, match="time zone"):
        is_open(hours(OFFICE), datetime(2026, 6, 1))  # noqa: DTZ001


ZONES = (
    *("Europe/Lisbon", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "America/Santiago"),
    *("Asia/Beirut", "Africa/Casablanca", "Pacific/Apia", "UTC"),
)
# Near the moments at which clocks change, where most mistakes would be, and anywhere else.
MOMENTS = st.one_of(
    st.sampled_from(
        ["2026-03-29", "2026-10-25", "2026-03-08", "2026-11-01", "2026-04-05", "2026-10-04", "2026-09-05"]
    ).map(date.fromisoformat),
    st.dates(date(2010, 1, 1), date(2037, 1, 1)),
).flatmap(
    lambda day: st.integers(-1440, 2880).map(
        lambda minute: datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=minute)
    )
)
TIMES = st.integers(0, 95).map(lambda quarter: quarter * 15)
RANGES = st.lists(
    st.tuples(TIMES, TIMES)
    .filter(lambda each: each[0] != each[1])
    .map(lambda each: Range(each[0], each[1] if each[1] > each[0] else each[1] + 1440)),
    max_size=2,
).map(tuple)


def minute_table(found: Hours, moment: datetime) -> set[tuple[date, int]]:
    """Every open minute of the days around a moment, as the clock on the wall shows it."""
    table = set()
    for offset in range(-5, 6):
        day = moment.date() + timedelta(days=offset)
        for each in found.dates.get(day, found.days[day.weekday()]):
            for minute in range(each.start, each.end):
                table.add((day + timedelta(days=minute // 1440), minute % 1440))
    return table


@given(
    days=st.tuples(*[RANGES] * 7),
    closed=st.booleans(),
    zone=st.sampled_from(ZONES),
    moment=MOMENTS,
)
@settings(max_examples=60, deadline=None)
def test_opening_agrees_with_a_table_of_minutes(
    days: tuple[tuple[Range, ...], ...], closed: bool, zone: str, moment: datetime
) -> None:
    """At the moment itself, and at every minute until the change before and after it."""
    dates: dict[date, tuple[Range, ...]] = {moment.date(): ()} if closed else {}
    found = Hours(name="x", time_zone=zone, days=days, dates=dates)
    table = minute_table(found, moment)

    def listed(instant: datetime) -> bool:
        wall = instant.astimezone(ZoneInfo(zone))
        return (wall.date(), wall.hour * 60 + wall.minute) in table

    opened = opening(found, moment)
    assert opened.open is listed(moment)
    minutes = [moment + timedelta(minutes=each) for each in range(1, 3 * 1440)]
    until = next((each for each in minutes if listed(each) is not opened.open), None)
    back = [moment - timedelta(minutes=each) for each in range(1, 3 * 1440)]
    since = next((each + timedelta(minutes=1) for each in back if listed(each) is not opened.open), None)
    # In UTC: Python calls a time that comes twice unequal to any moment of another zone.
    if until:
        assert opened.until is not None
        assert opened.until.astimezone(UTC) == until
    if since:
        assert opened.since is not None
        assert opened.since.astimezone(UTC) == since
