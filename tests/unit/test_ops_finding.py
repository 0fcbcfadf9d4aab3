"""Delivery records found by number, state, age and id; and what operators are shown of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from ops.errors import OpsError, UsageError
from ops.finding import Search, by_id, find, phases_of
from ops.shown import as_json, line_of, lines_of
from ops.terminal import ago, from_now, seconds_of
from switchboard.delivery.record import DeliveryKey
from tests.ops_desk import SETTINGS, TEXT, TO, FakeDesk, read

OTHER = "+15005550011"


async def keep(desk: FakeDesk, state: str, to: str = TO, command_id: str = "t1", kind: str = "sms") -> None:
    """Keep a record."""
    claimed = read(TEXT.replace(TO, to)).claim(SETTINGS, "run", datetime.now(UTC))
    key = DeliveryKey(claimed.key.partition, "call" if kind == "call" else "sms", command_id)
    await desk.fakes.memory.insert(msgspec.structs.replace(claimed, key=key, state=state))


async def found(desk: FakeDesk, **search: object) -> list[str]:
    """The states of what is found."""
    return sorted(stored.record.state for stored in await find(desk, Search(**search)))  # type: ignore[arg-type]


async def test_a_numbers_deliveries_are_its_own() -> None:
    """One partition."""
    desk = FakeDesk()
    await keep(desk, "sent")
    await keep(desk, "delivered", to=OTHER)
    assert await found(desk, to=TO) == ["sent"]


async def test_all_are_found_and_those_of_a_state() -> None:
    """Whatever phase they are in."""
    desk = FakeDesk()
    for number, state in enumerate(("claimed", "sent", "unresolved")):
        await keep(desk, state, command_id=f"t{number}")
    assert await found(desk) == ["claimed", "sent", "unresolved"]
    assert await found(desk, state="unresolved") == ["unresolved"]
    assert await found(desk, to=TO, state="sent") == ["sent"]


async def test_age_is_since_the_record_was_written() -> None:
    """What nobody wrote for so long."""
    desk = FakeDesk()
    await keep(desk, "claimed")
    desk.fakes.memory.clock.pass_(7200)
    await keep(desk, "sent", command_id="t2")
    assert await found(desk, older=3600.0) == ["claimed"]
    assert await found(desk, to=TO, older=3600.0) == ["claimed"]


async def test_no_more_than_the_limit() -> None:
    """A table of millions is not read through for a screenful."""
    desk = FakeDesk()
    for number in range(5):
        await keep(desk, "sent", command_id=f"t{number}")
    assert len(await found(desk, limit=2)) == 2


async def test_an_id_is_found_for_each_recipient_and_kind() -> None:
    """A campaign's id is many deliveries; a prefix or a number tells them apart."""
    desk = FakeDesk()
    await keep(desk, "sent")
    await keep(desk, "delivered", to=OTHER)
    await keep(desk, "completed", kind="call")
    assert len(await by_id(desk, "t1", "")) == 3
    assert [stored.record.state for stored in await by_id(desk, "call:t1", "")] == ["completed"]
    assert [stored.record.state for stored in await by_id(desk, "sms:t1", OTHER)] == ["delivered"]


async def test_an_id_that_nobody_knows_is_told() -> None:
    """With what may have become of it."""
    with pytest.raises(OpsError, match="no delivery t9 for"):
        await by_id(FakeDesk(), "t9", TO)


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
    """Open ones are few, ended ones are many."""
    assert set(phases_of(state)) == set(phases)


def test_a_state_that_does_not_exist_is_refused() -> None:
    """An empty list would be taken for an answer."""
    with pytest.raises(UsageError, match="no state 'deliverd'"):
        phases_of("deliverd")


def test_a_record_is_shown_with_its_reason_and_without_its_run() -> None:
    """In a line, in lines and as JSON."""
    claimed = read(TEXT).claim(SETTINGS, "the-run", datetime.now(UTC))
    record = msgspec.structs.replace(claimed, state="failed", code=30003, reason="no route", sids=("SM1",))
    assert line_of(record) == "failed  SM1  30003 no route"
    assert as_json(record)["id"] == "t1"
    text = "\n".join(lines_of(record))
    assert TO in text
    assert "the-run" not in text


@pytest.mark.parametrize(("text", "seconds"), [("90", 90), ("90s", 90), ("5m", 300), ("2h", 7200), ("3d", 259_200)])
def test_lengths_of_time_are_read(text: str, seconds: int) -> None:
    """In seconds, or with a unit."""
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["", "h", "-5m", "1.5h", "5 minutes", "٣m"])
def test_what_is_no_length_of_time_is_refused(text: str) -> None:
    """Rather than taken for another."""
    with pytest.raises(UsageError):
        seconds_of(text)


@pytest.mark.parametrize(("seconds", "said"), [(5, "5 s"), (90, "1 min"), (7300, "2 h"), (200_000, "2 d")])
def test_times_are_told_in_one_unit(seconds: int, said: str) -> None:
    """The largest that fits."""
    assert ago(datetime.now(UTC) - timedelta(seconds=seconds)) == said


def test_what_is_still_to_come_is_told_as_such() -> None:
    """A delivery is given up tomorrow, not "0 s ago"."""
    assert from_now(datetime.now(UTC) + timedelta(hours=23, minutes=30)) == "in 23 h"
    assert from_now(datetime.now(UTC) - timedelta(minutes=5, seconds=1)) == "5 min ago"
