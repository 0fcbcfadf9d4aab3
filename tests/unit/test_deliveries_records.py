"""The app's own records beside the states on the wire, one situation a row."""

from __future__ import annotations

import pytest

from local.twilio.deliveries import MOST_DELIVERIES, AppRecord, Deliveries, Requeue
from local.twilio.wire import Entry
from tests.unit.test_deliveries import CREATED, TO, callback, request

ACCEPTED = request(2, 201, CREATED, reference="h.0.t1")
REFUSED = request(2, 400, {"code": 21610}, reference="h.0.t1")
THROTTLED = request(2, 429, {"code": 20429}, reference="h.0.t1")
LOST = request(2, 0, CREATED, reference="h.0.t1")


def record(n: int, state: str, attempt: int = 0, **what: str) -> AppRecord:
    """A record that the app wrote at time `n`."""
    fields = {"kind": "text", "reference": "h.t1", "id": "t1", "to": TO} | what
    return AppRecord(**fields, state=state, time=f"t{n}", attempt=attempt)


def add(deliveries: Deliveries, report: Entry | AppRecord) -> None:
    """Add a record, or an entry of the wire."""
    if isinstance(report, AppRecord):
        deliveries.add_record(report)
    else:
        deliveries.add_entry(report)


@pytest.mark.parametrize(
    ("reports", "states", "state"),
    [
        ([record(1, "opted_out")], ["opted_out"], "opted_out"),
        ([record(1, "claimed"), ACCEPTED], ["claimed", "queued"], "queued"),
        ([ACCEPTED, record(3, "queued")], ["queued"], "queued"),
        ([ACCEPTED, callback(3, "delivered"), record(4, "queued")], ["queued", "delivered"], "delivered"),
        ([ACCEPTED, record(3, "delivered")], ["queued", "delivered"], "delivered"),
        ([REFUSED, record(3, "rejected")], ["refused", "rejected"], "rejected"),
        ([THROTTLED, record(3, "released", 1)], ["throttled", "released"], "released"),
        ([THROTTLED, record(1, "claimed"), record(3, "released", 1)], ["claimed", "throttled", "released"], "released"),
        ([record(1, "released", 1), record(2, "claimed", 1)], ["released", "claimed"], "claimed"),
        ([LOST, record(3, "unknown"), callback(4, "sent")], ["no answer", "unknown", "sent"], "sent"),
        ([LOST, record(3, "unknown"), record(4, "unresolved")], ["no answer", "unknown", "unresolved"], "unresolved"),
        ([record(1, "released", 1), record(2, "released", 1, until="later")], ["released"], "released"),
        ([record(1, "released", 1), record(2, "released", 2)], ["released", "released"], "released"),
    ],
)
def test_records_add_the_states_that_the_wire_does_not_show(
    reports: list[Entry | AppRecord], states: list[str], state: str
) -> None:
    """One delivery, with its changes by time; Twilio's states take precedence over the app's."""
    deliveries = Deliveries()
    for each in reports:
        add(deliveries, each)
    (delivery,) = deliveries.to_json()
    assert isinstance(delivery["steps"], list)
    assert ([step["state"] for step in delivery["steps"]], delivery["state"]) == (states, state)


def test_the_record_stays_beside_the_states_on_the_wire() -> None:
    """After a callback that the app did not accept, its record is behind, and both are visible."""
    deliveries = Deliveries()
    deliveries.add_entry(ACCEPTED)
    deliveries.add_entry(callback(3, "delivered", status=500))
    delivery = deliveries.add_record(record(4, "sent"))
    assert delivery is not None
    assert delivery.record is not None
    assert (delivery.state, delivery.record.state, delivery.record.id) == ("delivered", "sent", "t1")


def test_a_change_from_a_record_has_its_attempt_and_no_line() -> None:
    """Line 0 distinguishes it from those on the wire."""
    delivery = Deliveries().add_record(record(1, "released", 2, reason="why"))
    assert delivery is not None
    (change,) = delivery.changes
    assert (change.line, change.detail, change.accepted) == (0, "attempt 2", True)


def test_a_record_that_is_read_again_changes_nothing() -> None:
    """Another version of it is a change."""
    deliveries = Deliveries()
    assert deliveries.add_record(record(1, "claimed"))
    assert deliveries.add_record(record(1, "claimed")) is None
    assert deliveries.add_record(record(2, "claimed"))


def test_a_text_and_a_call_of_one_id_are_two() -> None:
    """As they are for the app."""
    deliveries = Deliveries()
    deliveries.add_entry(ACCEPTED)
    deliveries.add_record(record(3, "claimed", kind="call"))
    assert [delivery["kind"] for delivery in deliveries.to_json()] == ["text", "call"]


def test_the_oldest_records_are_dropped() -> None:
    """Like those from the wire."""
    deliveries = Deliveries()
    for n in range(MOST_DELIVERIES + 1):
        deliveries.add_record(record(n, "claimed", reference=f"h.t{n}"))
    assert len(deliveries.to_json()) == MOST_DELIVERIES


REQUEUE = Requeue(kind="text", reference="h.t1", at="t9", attempt=1)


@pytest.mark.parametrize(
    ("reports", "waits"),
    [
        ([THROTTLED], True),
        ([THROTTLED, record(3, "released", 1, until="later")], True),
        ([LOST, record(3, "unknown", until="later")], True),
        ([LOST, record(3, "unknown", until="later"), callback(4, "sent")], False),
        ([THROTTLED, record(3, "expired", 1)], False),
        ([THROTTLED, ACCEPTED], False),
    ],
)
def test_a_next_step_is_shown_while_the_delivery_waits_for_the_app(
    reports: list[Entry | AppRecord], waits: bool
) -> None:
    """Until Twilio has accepted it, or it has ended."""
    deliveries = Deliveries()
    for each in reports:
        add(deliveries, each)
    assert deliveries.add_requeue(REQUEUE) is not None
    (delivery,) = deliveries.to_json()
    assert (delivery["next"] is not None) == waits


def test_a_next_step_of_an_unknown_delivery_is_not_shown() -> None:
    """One of an earlier run."""
    deliveries = Deliveries()
    assert deliveries.add_requeue(REQUEUE) is None
    assert deliveries.to_json() == []
