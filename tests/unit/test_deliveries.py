"""Deliveries from the wire, one situation a row."""

from __future__ import annotations

import json

import pytest

from local.twilio.deliveries import MOST_DELIVERIES, Deliveries
from local.twilio.wire import Entry

TO = "+15005550006"
PATH = "/2010-04-01/Accounts/AC0/Messages.json"


def entry(n: int, **what: object) -> Entry:
    """A line of the wire."""
    fields: dict[str, object] = {"method": "POST", "milliseconds": 1, "summary": "", "response": "", "time": f"t{n}"}
    return Entry(**(fields | {"n": n, "parameters": {}, "status": 204} | what))  # type: ignore[arg-type]


def request(n: int, status: int, answer: dict[str, object], *, reference: str = "", path: str = PATH) -> Entry:
    """A request of the app for a text."""
    parameters = (
        {"To": TO, "StatusCallback": f"http://a/api/status/sms?id={reference}#rc=3"} if reference else {"To": TO}
    )
    return entry(n, direction="rest", path=path, status=status, parameters=parameters, response=json.dumps(answer))


def callback(n: int, state: str, sid: str = "SM1", status: int = 204, **more: str) -> Entry:
    """A status callback of a text."""
    parameters = {"MessageSid": sid, "MessageStatus": state, **more}
    return entry(n, direction="webhook", path="/cb", status=status, parameters=parameters)


CREATED: dict[str, object] = {"sid": "SM1", "status": "queued"}


@pytest.mark.parametrize(
    ("entries", "states", "state"),
    [
        ([request(1, 201, CREATED)], ["queued"], "queued"),
        (
            [request(1, 201, CREATED), callback(2, "sent"), callback(3, "delivered")],
            ["queued", "sent", "delivered"],
            "delivered",
        ),
        (
            [request(1, 201, CREATED), callback(2, "delivered"), callback(3, "sent")],
            ["queued", "delivered", "sent"],
            "delivered",
        ),
        ([request(1, 201, CREATED), callback(2, "strange")], ["queued", "strange"], "queued"),
        ([request(1, 400, {"code": 21211})], ["refused"], "refused"),
        ([request(1, 500, {"code": 20500})], ["error"], "error"),
        ([request(1, 0, CREATED), callback(2, "sent")], ["no answer", "sent"], "sent"),
        (
            [request(1, 429, {"code": 20429}, reference="h.0.t1"), request(2, 201, CREATED, reference="h.1.t1")],
            ["throttled", "queued"],
            "queued",
        ),
    ],
)
def test_a_command_passes_through_its_states(entries: list[Entry], states: list[str], state: str) -> None:
    """The states in the order of their reports, and the furthest of them."""
    deliveries = Deliveries()
    seen = [deliveries.add_entry(each) for each in entries]
    last = seen[-1]
    assert last is not None
    assert ([change.state for change in last.changes], last.state, last.to) == (states, state, TO)
    assert len(deliveries.to_json()) == 1


def test_commands_without_an_id_are_distinguished_by_their_requests() -> None:
    """Two requests are two deliveries, each with its own callbacks."""
    deliveries = Deliveries()
    deliveries.add_entry(request(1, 201, CREATED))
    deliveries.add_entry(request(2, 201, {"sid": "SM2", "status": "queued"}))
    second = deliveries.add_entry(callback(3, "sent", "SM2"))
    assert second is not None
    assert (second.sids, len(deliveries.to_json())) == (["SM2"], 2)


def test_a_command_that_twilio_accepted_twice_shows_both() -> None:
    """The first answer was lost, and the request repeated: two SIDs, one delivery."""
    deliveries = Deliveries()
    deliveries.add_entry(request(1, 0, CREATED, reference="h.0.t1"))
    deliveries.add_entry(request(2, 201, {"sid": "SM2", "status": "queued"}, reference="h.1.t1"))
    deliveries.add_entry(callback(3, "sent", "SM1"))
    delivery = deliveries.add_entry(callback(4, "sent", "SM2"))
    assert delivery is not None
    assert (delivery.sids, len(delivery.changes)) == (["SM1", "SM2"], 4)


def test_an_id_may_hold_dots() -> None:
    """Only its first two parts are ours: the recipient and the attempt."""
    deliveries = Deliveries()
    delivery = deliveries.add_entry(request(1, 201, CREATED, reference="hash.3.order.7.a"))
    assert delivery is not None
    assert delivery.key == "text hash.order.7.a"


def test_a_callback_that_the_app_did_not_accept_is_marked() -> None:
    """With Twilio's code for a text that did not arrive."""
    deliveries = Deliveries()
    deliveries.add_entry(request(1, 201, CREATED))
    delivery = deliveries.add_entry(callback(2, "undelivered", status=500, ErrorCode="30003"))
    assert delivery is not None
    assert (delivery.changes[-1].accepted, delivery.changes[-1].detail) == (False, "30003")


def test_a_calls_progress_is_a_delivery_too() -> None:
    """By its CallSid; a webhook within a call is not progress."""
    deliveries = Deliveries()
    deliveries.add_entry(
        request(1, 201, {"sid": "CA1", "status": "queued"}, path="/2010-04-01/Accounts/AC0/Calls.json")
    )
    within = {"CallSid": "CA1", "CallStatus": "in-progress"}
    assert deliveries.add_entry(entry(2, direction="webhook", path="/v", parameters=within)) is None
    progress = within | {"CallbackSource": "call-progress-events"}
    delivery = deliveries.add_entry(entry(3, direction="webhook", path="/cb", parameters=progress))
    assert delivery is not None
    assert (delivery.kind, delivery.state) == ("call", "in-progress")


@pytest.mark.parametrize(
    "other",
    [
        entry(1, direction="rest", method="GET", path=PATH, status=200),
        entry(1, direction="rest", path="/2010-04-01/Accounts/AC0/Messages/SM1.json", status=200),
        callback(1, "received", "SM9"),
        entry(1, direction="webhook", path="/api/voice/incoming", parameters={"CallSid": "CA1"}),
    ],
)
def test_other_requests_are_no_delivery(other: Entry) -> None:
    """Lists, updates, incoming texts and calls."""
    assert Deliveries().add_entry(other) is None


def test_the_oldest_deliveries_are_dropped() -> None:
    """A stand-in that runs for days keeps the latest, and ignores callbacks of the others."""
    deliveries = Deliveries()
    for n in range(MOST_DELIVERIES + 1):
        deliveries.add_entry(request(n, 201, {"sid": f"SM{n}", "status": "queued"}))
    assert len(deliveries.to_json()) == MOST_DELIVERIES
    assert deliveries.add_entry(callback(0, "sent", "SM0")) is None
    assert deliveries.add_entry(callback(0, "sent", "SM1"))
