"""Reconciliation: what Twilio's list of a number says of an attempt without an answer."""

from datetime import datetime, timedelta

import msgspec
import pytest

from switchboard.delivery.reconciliation import ListMatch, Verdict, match_list, search_start
from switchboard.delivery.record import DeliveryRecord
from switchboard.delivery.twilio_client import TwilioResource
from switchboard.errors import (
    AccountFault,
    ConfigurationError,
    NotReached,
    OutcomeUnknown,
    SecretsUnavailable,
    StorageUnavailable,
)
from tests.fake_worker import CALL, TEXT, TO, FakeWorker, queued, record
from tests.memory import NOON

TRIAL = "Sent from your Twilio trial account - "
BODY = "Hello world."
BEFORE = NOON - timedelta(minutes=5)
OURS = record(state="unknown")
CALLS = record(queued(CALL, "call-outbox"), state="unknown")
NOTHING, UNDECIDED, AMBIGUOUS = (
    ListMatch(verdict) for verdict in (Verdict.NOTHING, Verdict.UNDECIDED, Verdict.AMBIGUOUS)
)


def listed(
    body: str = BODY, sid: str = "SM1", *, direction: str = "outbound-api", created: datetime | None = NOON
) -> TwilioResource:
    """A text in Twilio's list."""
    return TwilioResource(sid=sid, status="sent", direction=direction, created=created, body=body)


def rival(body: str = BODY, state: str = "unknown", sids: tuple[str, ...] = (), number: int = 2) -> DeliveryRecord:
    """Another delivery to the same number."""
    return record(queued({**TEXT, "id": f"t{number}", "body": body}), state=state, sids=sids)


def adopted(sid: str = "SM1", body: str = BODY, created: datetime | None = NOON) -> ListMatch:
    """The verdict that this text is certainly ours."""
    return ListMatch(Verdict.OURS, listed(body, sid, created=created))


# Twilio's list; the other records of the number; the verdict.
MATCHES: dict[str, tuple[list[TwilioResource], list[DeliveryRecord], ListMatch]] = {
    "an empty list": ([], [], NOTHING),
    "our body": ([listed()], [], adopted()),
    "our body behind a trial account's words": ([listed(TRIAL + BODY)], [], adopted(body=TRIAL + BODY)),
    "our body before other words": ([listed(BODY + " Reply STOP to end.")], [], AMBIGUOUS),
    "our body in other letters": ([listed(BODY.upper())], [], AMBIGUOUS),
    "a body that Twilio hides": ([listed("")], [], AMBIGUOUS),
    "another program's text": ([listed("Your code is 1234")], [], AMBIGUOUS),
    "another program's text and ours": ([listed("Your code is 1234", "SM2"), listed()], [], adopted()),
    "a text that the number sent us": ([listed(direction="inbound")], [], NOTHING),
    "an answer to a text": ([listed(direction="outbound-reply")], [], NOTHING),
    "a text from before": ([listed(created=BEFORE - timedelta(seconds=1))], [], NOTHING),
    "a text from just before": ([listed(created=BEFORE)], [], adopted(created=BEFORE)),
    "a text of no time": ([listed(created=None)], [], adopted(created=None)),
    "a text that another record owns": ([listed()], [rival(state="sent", sids=("SM1",))], NOTHING),
    "what others own, and ours": ([listed(), listed(sid="SM2")], [rival(state="sent", sids=("SM1",))], adopted("SM2")),
    "our body, twice": ([listed(sid="SM2"), listed(sid="SM1")], [], adopted("SM1")),
    "our body, and an open record of the same": ([listed()], [rival()], UNDECIDED),
    "two of our body, and an open record of the same": ([listed(), listed(sid="SM2")], [rival()], UNDECIDED),
    "our body, and a released record of the same": ([listed()], [rival(state="released")], UNDECIDED),
    "our body, and an ended record of the same": ([listed()], [rival(state="expired")], adopted()),
    "our body, and an open record of another": ([listed()], [rival("Bye.")], adopted()),
    "its body, and not ours": ([listed("Bye.")], [rival("Bye.")], UNDECIDED),
    "trial words before its body": ([listed(TRIAL + "Bye.")], [rival("Bye.")], UNDECIDED),
    "trial words, and its body is the end of ours": ([listed(TRIAL + BODY)], [rival("world.")], UNDECIDED),
    "exactly ours, and its body is the end of ours": ([listed()], [rival("world.")], adopted()),
    "nothing, and an open record": ([], [rival()], NOTHING),
    "another's text, and an open call": ([listed("Your code is 1234")], [CALLS], AMBIGUOUS),
    "another's text, and an ended record": ([listed("Your code is 1234")], [rival(state="delivered")], AMBIGUOUS),
}


@pytest.mark.parametrize(("list_", "others", "match"), MATCHES.values(), ids=MATCHES)
def test_a_list_gives_a_verdict(list_: list[TwilioResource], others: list[DeliveryRecord], match: ListMatch) -> None:
    """Certainly ours; nothing; to be looked at again; or ambiguous."""
    assert match_list(OURS, list_, [OURS, *others]) == match


def test_a_sid_of_the_record_itself_is_not_a_candidate() -> None:
    """The text of an earlier attempt does not decide about a later one."""
    own = msgspec.structs.replace(OURS, sids=("SM1",))
    assert match_list(own, [listed()], [own]) == NOTHING


def test_a_call_is_never_adopted_from_a_list() -> None:
    """Nothing in a call identifies its command."""
    call = TwilioResource(sid="CA1", status="completed", direction="outbound-api", created=NOON)
    assert match_list(CALLS, [call], [CALLS]) == AMBIGUOUS
    assert match_list(CALLS, [call], [CALLS, msgspec.structs.replace(CALLS, state="sent", sids=("CA1",))]) == AMBIGUOUS
    other = record(queued({**CALL, "id": "c2"}, "call-outbox"), state="in-progress", sids=("CA1",))
    assert match_list(CALLS, [call], [CALLS, other]) == NOTHING


def test_a_text_by_template_has_no_body_to_recognize() -> None:
    """Twilio fills the template, so the body is not certainly ours."""
    template = record(queued({"id": "t1", "to": TO, "content_sid": "HX" + "b2" * 16}), state="unknown")
    assert match_list(template, [listed("Dear Ana, ...")], [template]) == AMBIGUOUS
    assert match_list(template, [listed("")], [template]) == AMBIGUOUS


def test_the_list_goes_back_to_the_first_claim() -> None:
    """The first attempt may be what Twilio accepted. Less five minutes, because clocks differ."""
    assert search_start(record(first_claimed_at=NOON + timedelta(hours=1))) == NOON + timedelta(minutes=55)
    assert search_start(record(first_claimed_at=None)) == NOON - timedelta(minutes=5)


class UnknownOutcome(FakeWorker):
    """A worker with an unknown record whose settling time is over, and Twilio's list."""

    def __init__(self, *list_: TwilioResource) -> None:
        super().__init__()
        self.twilio.list = list(list_)

    async def reconcile(self, *others: DeliveryRecord, **changes: object) -> None:
        """Delivers the message again after one settling time."""
        await self.hold(msgspec.structs.replace(OURS, **changes), *others)
        self.clock.pass_(300)
        await self.deliver()

    @property
    def ours(self) -> DeliveryRecord:
        """The unknown record."""
        return next(each for each in self.ledger.records() if each.key == OURS.key)


async def test_a_text_that_is_ours_is_adopted() -> None:
    """With its SID and its state, which is published; nothing is sent."""
    worker = UnknownOutcome(listed())
    await worker.reconcile()
    assert (worker.record.state, worker.record.sids) == ("sent", ("SM1",))
    assert [event["state"] for event in worker.events] == ["sent"]
    assert (worker.twilio.requests, worker.requeued) == ([], [])


async def test_two_empty_lists_release_the_attempt() -> None:
    """One empty list may lag: the second look is one settling time later, then the text is sent again."""
    worker = UnknownOutcome()
    await worker.reconcile()
    assert (worker.record.state, worker.record.empty_looks) == ("unknown", 1)
    assert (worker.requeued[0].delay, worker.envelopes[0]["attempt"]) == (301, 0)
    await worker.deliver_next()
    assert (worker.record.state, worker.record.attempt, worker.record.empty_looks) == ("released", 1, 0)
    assert worker.twilio.requests == []
    await worker.deliver_next()
    assert len(worker.twilio.requests) == 1
    assert (worker.record.state, worker.record.attempt) == ("queued", 1)


async def test_a_text_that_the_second_list_shows_is_adopted() -> None:
    """One text, and no second one."""
    worker = UnknownOutcome()
    await worker.reconcile()
    worker.twilio.list = [listed()]
    await worker.deliver_next()
    assert (worker.record.state, worker.twilio.requests, worker.requeued) == ("sent", [], [])


async def test_a_duplicate_message_does_not_count_as_a_second_look() -> None:
    """It does not shorten the time that the list is given."""
    worker = UnknownOutcome()
    await worker.reconcile()
    await worker.deliver()
    assert worker.record.empty_looks == 1
    assert worker.record.state == "unknown"


async def test_a_text_that_another_open_delivery_may_own_is_looked_at_again() -> None:
    """The end of the other delivery may decide. No event, and no empty look."""
    worker = UnknownOutcome(listed())
    await worker.reconcile(rival())
    assert (worker.ours.state, worker.ours.empty_looks) == ("unknown", 0)
    assert worker.requeued[0].delay == 301
    assert (worker.events, worker.letters) == ([], [])


@pytest.mark.parametrize("body", ["Your code is 1234", ""])
async def test_an_ambiguous_text_leaves_the_delivery_unresolved(body: str, caplog: pytest.LogCaptureFixture) -> None:
    """An event, an alert, and the complete message in `dead-letter`. It is not sent again."""
    worker = UnknownOutcome(listed(body))
    await worker.reconcile()
    (letter,), (event,) = worker.letters, worker.events
    assert (worker.record.state, event["state"]) == ("unresolved", "unresolved")
    assert letter["body"] == '{"id": "t1", "to": "+15005550010", "body": "Hello world."}'
    assert worker.record.reason == event["reason"] == letter["reason"]
    assert [each.levelname for each in caplog.records if "event=delivery_unresolved" in each.getMessage()] == ["ERROR"]
    assert (worker.twilio.requests, worker.requeued) == ([], [])


async def test_an_outcome_that_cannot_be_found_out_in_a_day_is_unresolved() -> None:
    """Twilio's list fails: the attempt is never treated as not sent."""
    worker = UnknownOutcome()
    worker.twilio.error = NotReached("no connection")
    await worker.hold(OURS)
    worker.clock.pass_(24 * 3600)
    await worker.deliver(queued().to_json().encode())
    assert (worker.record.state, len(worker.letters)) == ("unresolved", 1)


@pytest.mark.parametrize("found", [True, False])
async def test_a_lost_answer_on_a_code_of_a_minute_is_reconciled(found: bool) -> None:
    """The list is read though the time is over: adopted when Twilio has it, expired when it twice has nothing."""
    worker = FakeWorker(OutcomeUnknown("no answer"))
    await worker.deliver({**TEXT, "validity_period": 60})
    worker.twilio.error = None
    worker.twilio.list = [listed("Hello world.")] if found else []
    while worker.requeued:
        await worker.deliver_next()
    assert (worker.record.state, worker.letters) == ("sent" if found else "expired", [])
    assert len(worker.twilio.requests) == 1


async def test_an_account_fault_opens_the_breaker_and_pauses() -> None:
    """The list cannot be read, which does not count against the command."""
    worker = UnknownOutcome()
    worker.twilio.error = AccountFault("no", code=20003)
    await worker.reconcile()
    assert (worker.record.state, worker.record.empty_looks) == ("unknown", 0)
    assert not worker.breaker.allows("sms", worker.record.sender)
    assert worker.envelopes[0]["paused"] == worker.requeued[0].delay


@pytest.mark.parametrize(
    "error",
    [
        OutcomeUnknown("no answer"),
        NotReached("no connection"),
        SecretsUnavailable("the vault did not answer"),
        ConfigurationError("TWILIO_API_KEY_SID: needs KEY_VAULT_URL"),
    ],
)
async def test_a_list_that_fails_decides_nothing(error: Exception) -> None:
    """It is read again one settling time later."""
    worker = UnknownOutcome()
    worker.twilio.error = error
    await worker.reconcile()
    assert (worker.record.state, worker.record.empty_looks) == ("unknown", 0)
    assert (worker.requeued[0].delay, worker.envelopes[0]["attempt"]) == (301, 0)
    assert worker.events == []


async def test_a_dead_letter_that_cannot_be_written_ends_nothing() -> None:
    """The body would be lost: the message returns, and the record stays unknown."""
    worker = UnknownOutcome(listed("Your code is 1234"))
    worker.queues.error = StorageUnavailable("queue dead-letter did not take a message")
    with pytest.raises(StorageUnavailable):
        await worker.reconcile()
    assert worker.record.state == "unknown"


async def test_a_late_callback_makes_reconciliation_unnecessary() -> None:
    """The message that returns is dropped without reading the list."""
    worker = UnknownOutcome()
    await worker.hold(msgspec.structs.replace(OURS, state="delivered", sids=("SM1",)))
    worker.clock.pass_(300)
    worker.twilio.error = OutcomeUnknown("not requested")
    await worker.deliver()
    assert (worker.requeued, worker.events, worker.letters) == ([], [], [])
