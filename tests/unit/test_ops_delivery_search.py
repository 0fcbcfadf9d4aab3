"""Finding delivery records by number, state, age and id, and how they are printed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from ops.delivery_output import as_json, line_of, lines_of
from ops.delivery_search import DeliverySearch, find_by_id, find_deliveries, phases_of
from ops.durations import age, parse_duration, relative
from ops.errors import OpsError, UsageError
from switchboard.delivery.record import DeliveryKey
from tests.ops_context import SETTINGS, TEXT, TO, FakeCommandContext, read

DAY = 86_400
OTHER = "+15005550011"


async def add_record(
    context: FakeCommandContext, state: str, to: str = TO, command_id: str = "t1", kind: str = "sms"
) -> None:
    """Inserts a record."""
    claimed = read(TEXT.replace(TO, to)).claim(SETTINGS, "run", datetime.now(UTC))
    key = DeliveryKey(claimed.key.partition, "call" if kind == "call" else "sms", command_id)
    await context.fakes.memory.insert(msgspec.structs.replace(claimed, key=key, state=state))


async def found(context: FakeCommandContext, **search: object) -> list[str]:
    """Returns the states of the records found."""
    result = await find_deliveries(context, DeliverySearch(**search))  # type: ignore[arg-type]
    return sorted(record.state for record in result.records)


async def test_a_number_has_its_own_deliveries() -> None:
    """They are one partition."""
    context = FakeCommandContext()
    await add_record(context, "sent")
    await add_record(context, "delivered", to=OTHER)
    assert await found(context, to=TO) == ["sent"]


async def test_without_a_number_all_are_found_or_those_of_a_state() -> None:
    """In every phase."""
    context = FakeCommandContext()
    for number, state in enumerate(("claimed", "sent", "unresolved")):
        await add_record(context, state, command_id=f"t{number}")
    assert await found(context) == ["claimed", "sent", "unresolved"]
    assert await found(context, state="unresolved") == ["unresolved"]
    assert await found(context, to=TO, state="sent") == ["sent"]


async def test_the_age_counts_from_the_last_write() -> None:
    """Not from first_seen."""
    context = FakeCommandContext()
    await add_record(context, "claimed")
    context.fakes.memory.clock.pass_(7200)
    await add_record(context, "sent", command_id="t2")
    assert await found(context, older=3600.0) == ["claimed"]
    assert await found(context, to=TO, older=3600.0) == ["claimed"]


async def add_history(context: FakeCommandContext, *ages: float, state: str = "sent") -> None:
    """Inserts a record for each age in seconds, first seen and written then. Its id is the age."""
    clock, now = context.fakes.memory.clock, datetime.now(UTC)
    for age_of_it in ages:
        clock.pass_(-age_of_it)
        claimed = read(TEXT).claim(SETTINGS, "run", now - timedelta(seconds=age_of_it))
        key = DeliveryKey(claimed.key.partition, "sms", f"{age_of_it:g}")
        await context.fakes.memory.insert(
            msgspec.structs.replace(claimed, key=key, state=state, first_seen=now - timedelta(seconds=age_of_it))
        )
        clock.pass_(age_of_it)


async def ids(context: FakeCommandContext, **search: object) -> list[str]:
    """Returns the ids of the records found, in order."""
    result = await find_deliveries(context, DeliverySearch(**search))  # type: ignore[arg-type]
    return [record.key.id for record in result.records]


@pytest.mark.parametrize("search", [{}, {"to": TO}, {"state": "sent"}, {"older": 5.0}])
async def test_the_newest_come_first_whatever_the_limit(search: dict[str, object]) -> None:
    """The newest of all, by number, by state and by age, however the table orders them."""
    context = FakeCommandContext()
    await add_history(context, 9 * DAY, 20, 40 * DAY, 7200, 10, 2 * DAY)
    assert await ids(context, limit=1, **search) == ["10"]
    assert await ids(context, limit=3, **search) == ["10", "20", "7200"]
    assert await ids(context, **search) == ["10", "20", "7200", "172800", "777600", "3.456e+06"]


async def test_a_late_write_does_not_make_a_delivery_new() -> None:
    """An old one that was written a moment ago is in the first window, and older than the others."""
    context = FakeCommandContext()
    await add_history(context, 30, 7200)
    claimed = read(TEXT).claim(SETTINGS, "run", datetime.now(UTC))
    key = DeliveryKey(claimed.key.partition, "sms", "late")
    old = msgspec.structs.replace(claimed, key=key, state="sent", first_seen=datetime.now(UTC) - timedelta(days=3))
    await context.fakes.memory.insert(old)
    assert await ids(context, limit=2) == ["30", "7200"]


async def test_a_search_reads_no_more_than_it_needs() -> None:
    """A table of millions is not read to fill a screen."""
    context = FakeCommandContext()
    await add_history(context, 1, 2, 3, *(10 * DAY + number for number in range(50)))
    result = await find_deliveries(context, DeliverySearch(limit=2))
    assert (len(result.records), result.read, result.more, result.certain) == (2, 3, True, True)


async def test_a_search_that_reads_too_much_says_so() -> None:
    """It ends, with what it has found."""
    context = FakeCommandContext()
    await add_history(context, *range(1, 9))
    result = await find_deliveries(context, DeliverySearch(limit=100, most_read=4))
    assert (result.read, result.certain) == (4, False)


async def test_an_id_is_found_for_each_recipient_and_kind() -> None:
    """A campaign's id has many deliveries; a prefix or a number selects some."""
    context = FakeCommandContext()
    await add_record(context, "sent")
    await add_record(context, "delivered", to=OTHER)
    await add_record(context, "completed", kind="call")
    assert len(await find_by_id(context, "t1", "")) == 3
    assert [stored.record.state for stored in await find_by_id(context, "call:t1", "")] == ["completed"]
    assert [stored.record.state for stored in await find_by_id(context, "sms:t1", OTHER)] == ["delivered"]


async def test_an_unknown_id_is_an_error() -> None:
    """With the possible reasons."""
    with pytest.raises(OpsError, match="no delivery t9 for"):
        await find_by_id(FakeCommandContext(), "t9", TO)


@pytest.mark.parametrize(
    ("state", "phases"),
    [
        ("", ("open", "accepted", "ended")),
        ("claimed", ("open",)),
        ("unresolved", ("ended",)),
        ("sent", ("accepted",)),
        ("delivered", ("ended",)),
        ("in-progress", ("accepted",)),
        ("queued", ("accepted",)),
    ],
)
def test_only_the_phases_that_a_state_is_in_are_read(state: str, phases: tuple[str, ...]) -> None:
    """There are few open records, and many ended ones."""
    assert set(phases_of(state)) == set(phases)


def test_an_unknown_state_is_refused() -> None:
    """An empty list would look like an answer."""
    with pytest.raises(UsageError, match="no state 'deliverd'"):
        phases_of("deliverd")


def test_a_record_is_printed_with_its_reason_and_without_its_run() -> None:
    """In a line, in lines and as JSON."""
    claimed = read(TEXT).claim(SETTINGS, "the-run", datetime.now(UTC))
    record = msgspec.structs.replace(claimed, state="failed", code=30003, reason="no route", sids=("SM1",))
    assert line_of(record) == "failed  SM1  30003 no route"
    assert as_json(record)["id"] == "t1"
    text = "\n".join(lines_of(record))
    assert TO in text
    assert "the-run" not in text


@pytest.mark.parametrize(("text", "seconds"), [("90", 90), ("90s", 90), ("5m", 300), ("2h", 7200), ("3d", 259_200)])
def test_durations_are_read(text: str, seconds: int) -> None:
    """In seconds, or with a unit."""
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "h", "-5m", "1.5h", "5 minutes", "٣m"])
def test_an_invalid_duration_is_refused(text: str) -> None:
    """Instead of being read as another one."""
    with pytest.raises(UsageError):
        parse_duration(text)


@pytest.mark.parametrize(("seconds", "expected"), [(5, "5 s"), (90, "1 min"), (7300, "2 h"), (200_000, "2 d")])
def test_ages_have_one_unit(seconds: int, expected: str) -> None:
    """The largest that fits."""
    assert age(datetime.now(UTC) - timedelta(seconds=seconds)) == expected


def test_a_time_to_come_has_its_own_form() -> None:
    """`give_up_at` is "in 23 h", not "0 s ago"."""
    assert relative(datetime.now(UTC) + timedelta(hours=23, minutes=30)) == "in 23 h"
    assert relative(datetime.now(UTC) - timedelta(minutes=5, seconds=1)) == "5 min ago"
