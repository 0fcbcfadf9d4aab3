"""The decision table of docs/operating.md, row by row, with a claim of 120 s and a settling time of 300 s."""

import pytest

from switchboard.delivery.decision import Action, Decision, decide
from switchboard.delivery.record import DeliveryRecord, Stored
from tests.fake_worker import CALL, SETTINGS, TEXT, queued, record

OTHER = record(queued({**TEXT, "body": "Another body."}))
ENDED = ("refused", "rejected", "opted_out", "expired", "unresolved", "delivered", "undelivered", "failed", "canceled")
ACCEPTED = ("accepted", "scheduled", "queued", "sending", "sent")

# The record; its state, attempt and age in seconds; the message's attempt; the decision.
TABLE = [
    ("no record", None, "", 0, 0, 0, Decision(Action.CLAIM)),
    ("no record, and a later attempt", None, "", 0, 0, 3, Decision(Action.LEAVE_UNRESOLVED)),
    *((f"ended: {state}", record(), state, 0, 0, 0, Decision(Action.DROP)) for state in ENDED),
    *((f"ended: {state}, and a copy", record(), state, 0, 9999, 1, Decision(Action.DROP)) for state in ENDED),
    *((f"accepted: {state}", record(), state, 0, 0, 0, Decision(Action.DROP)) for state in ACCEPTED),
    *((f"accepted: {state}, and a copy", record(), state, 0, 9999, 1, Decision(Action.DROP)) for state in ACCEPTED),
    ("claimed at a higher attempt", record(), "claimed", 1, 0, 0, Decision(Action.DROP)),
    ("unknown at a higher attempt", record(), "unknown", 2, 9999, 1, Decision(Action.DROP)),
    ("released to a higher attempt", record(), "released", 1, 0, 0, Decision(Action.DROP)),
    ("claimed, young", record(), "claimed", 0, 0, 0, Decision(Action.REQUEUE, 121)),
    ("claimed, nearly over", record(), "claimed", 0, 119, 0, Decision(Action.REQUEUE, 2)),
    ("claimed, just over", record(), "claimed", 0, 120, 0, Decision(Action.MARK_UNKNOWN)),
    ("claimed, old", record(), "claimed", 0, 9999, 0, Decision(Action.MARK_UNKNOWN)),
    ("unknown, to settle", record(), "unknown", 0, 0, 0, Decision(Action.REQUEUE, 301)),
    ("unknown, nearly settled", record(), "unknown", 0, 299, 0, Decision(Action.REQUEUE, 2)),
    ("unknown, settled", record(), "unknown", 0, 300, 0, Decision(Action.RECONCILE)),
    ("released to this attempt", record(), "released", 1, 0, 1, Decision(Action.CLAIM)),
    ("released to a lower attempt", record(), "released", 1, 0, 2, Decision(Action.CLAIM)),
    ("claimed at a lower attempt, young", record(), "claimed", 0, 0, 1, Decision(Action.CLAIM)),
    ("claimed at a lower attempt, old", record(), "claimed", 0, 9999, 1, Decision(Action.CLAIM)),
    ("unknown at a lower attempt", record(), "unknown", 0, 0, 1, Decision(Action.CLAIM)),
    ("another command's, open", OTHER, "claimed", 0, 0, 0, Decision(Action.REFUSE)),
    ("another command's, ended", OTHER, "delivered", 0, 0, 0, Decision(Action.REFUSE)),
    ("another command's, at a higher attempt", OTHER, "released", 5, 0, 0, Decision(Action.REFUSE)),
]


@pytest.mark.parametrize(
    ("existing", "state", "attempt", "age", "of_message", "decision"),
    [row[1:] for row in TABLE],
    ids=[row[0] for row in TABLE],
)
def test_record_and_message_give_the_decision(
    existing: DeliveryRecord | None, state: str, attempt: int, age: float, of_message: int, decision: Decision
) -> None:
    """One row of the table."""
    stored = (
        Stored(record(queued(), state=state, attempt=attempt, fingerprint=existing.fingerprint), "1", age)
        if existing
        else None
    )
    assert decide(stored, queued(attempt=of_message), SETTINGS) == decision


@pytest.mark.parametrize("state", ["completed", "busy", "no-answer", "failed", "canceled", "ringing", "in-progress"])
def test_an_accepted_call_is_not_placed_again(state: str) -> None:
    """In each state of a call."""
    command = queued(CALL, "call-outbox")
    assert decide(Stored(record(command, state=state), "1"), command, SETTINGS).action is Action.DROP


def test_every_action_is_in_the_table() -> None:
    """No decision is untested."""
    assert {row[-1].action for row in TABLE} == set(Action)


@pytest.mark.parametrize("same", [{"body": "Hello world.", "to": TEXT["to"], "id": "t1"}, {**TEXT, "media_urls": []}])
def test_the_same_command_in_another_form_has_the_same_fingerprint(same: dict[str, object]) -> None:
    """The order of its fields, and a field with its default, do not change it."""
    stored = Stored(record(queued(), state="delivered"), "1")
    assert decide(stored, queued(same), SETTINGS).action is Action.DROP
