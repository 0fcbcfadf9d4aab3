"""What the app says of its commands beside what the wire tells, a situation a row."""

from __future__ import annotations

import pytest

from local.twilio.deliveries import MOST_DELIVERIES, Deliveries, Kept
from local.twilio.wire import Entry
from tests.unit.test_deliveries import TAKEN, TO, asked, told

CREATED = asked(2, 201, TAKEN, reference="h.0.t1")
REFUSED = asked(2, 400, {"code": 21610}, reference="h.0.t1")
THROTTLED = asked(2, 429, {"code": 20429}, reference="h.0.t1")
LOST = asked(2, 0, TAKEN, reference="h.0.t1")


def kept(n: int, state: str, attempt: int = 0, **what: str) -> Kept:
    """The app's record, as it was written at a time."""
    fields = {"kind": "text", "reference": "h.t1", "id": "t1", "to": TO} | what
    return Kept(**fields, state=state, time=f"t{n}", attempt=attempt)


def take(deliveries: Deliveries, said: Entry | Kept) -> None:
    """Hear of it, from whichever side."""
    if isinstance(said, Kept):
        deliveries.keep(said)
    else:
        deliveries.see(said)


@pytest.mark.parametrize(
    ("said", "states", "state"),
    [
        ([kept(1, "opted_out")], ["opted_out"], "opted_out"),
        ([kept(1, "claimed"), CREATED], ["claimed", "queued"], "queued"),
        ([CREATED, kept(3, "queued")], ["queued"], "queued"),
        ([CREATED, told(3, "delivered"), kept(4, "queued")], ["queued", "delivered"], "delivered"),
        ([CREATED, kept(3, "delivered")], ["queued", "delivered"], "delivered"),
        ([REFUSED, kept(3, "rejected")], ["refused", "rejected"], "rejected"),
        ([THROTTLED, kept(3, "released", 1)], ["throttled", "released"], "released"),
        ([THROTTLED, kept(1, "claimed"), kept(3, "released", 1)], ["claimed", "throttled", "released"], "released"),
        ([kept(1, "released", 1), kept(2, "claimed", 1)], ["released", "claimed"], "claimed"),
        ([LOST, kept(3, "unknown"), told(4, "sent")], ["no answer", "unknown", "sent"], "sent"),
        ([LOST, kept(3, "unknown"), kept(4, "unresolved")], ["no answer", "unknown", "unresolved"], "unresolved"),
        ([kept(1, "released", 1), kept(2, "released", 1, until="later")], ["released"], "released"),
        ([kept(1, "released", 1), kept(2, "released", 2)], ["released", "released"], "released"),
    ],
)
def test_the_app_fills_in_what_the_wire_does_not_tell(said: list[Entry | Kept], states: list[str], state: str) -> None:
    """One delivery, its steps by the time they are of; what Twilio says goes before what the app holds."""
    deliveries = Deliveries()
    for each in said:
        take(deliveries, each)
    (delivery,) = deliveries.to_json()
    assert isinstance(delivery["steps"], list)
    assert ([step["state"] for step in delivery["steps"]], delivery["state"]) == (states, state)


def test_what_the_app_says_stays_beside_what_the_wire_told() -> None:
    """A callback that the app did not take leaves its record behind, and both can be seen."""
    deliveries = Deliveries()
    deliveries.see(CREATED)
    deliveries.see(told(3, "delivered", status=500))
    delivery = deliveries.keep(kept(4, "sent"))
    assert delivery is not None
    assert delivery.kept is not None
    assert (delivery.state, delivery.kept.state, delivery.kept.id) == ("delivered", "sent", "t1")


def test_a_step_of_the_apps_own_says_its_attempt_and_no_line() -> None:
    """So that it can be told from those on the wire."""
    delivery = Deliveries().keep(kept(1, "released", 2, reason="why"))
    assert delivery is not None
    (step,) = delivery.steps
    assert (step.line, step.detail, step.heard) == (0, "attempt 2", True)


def test_a_record_that_is_read_again_is_no_news() -> None:
    """Pages are not told twice; another version of it they are told."""
    deliveries = Deliveries()
    assert deliveries.keep(kept(1, "claimed"))
    assert deliveries.keep(kept(1, "claimed")) is None
    assert deliveries.keep(kept(2, "claimed"))


def test_a_text_and_a_call_of_one_id_are_two() -> None:
    """As they are for the app."""
    deliveries = Deliveries()
    deliveries.see(CREATED)
    deliveries.keep(kept(3, "claimed", kind="call"))
    assert [delivery["kind"] for delivery in deliveries.to_json()] == ["text", "call"]


def test_the_oldest_records_are_forgotten() -> None:
    """As what was seen on the wire is."""
    deliveries = Deliveries()
    for n in range(MOST_DELIVERIES + 1):
        deliveries.keep(kept(n, "claimed", reference=f"h.t{n}"))
    assert len(deliveries.to_json()) == MOST_DELIVERIES
