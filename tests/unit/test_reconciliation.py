"""What Twilio's list of a number says of an attempt that nobody heard the end of. Never a guess."""

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
NOTHING, CROWDED, UNSURE = (ListMatch(verdict) for verdict in (Verdict.NOTHING, Verdict.UNDECIDED, Verdict.AMBIGUOUS))


def listed(
    body: str = BODY, sid: str = "SM1", *, direction: str = "outbound-api", created: datetime | None = NOON
) -> TwilioResource:
    """A text as Twilio shows it."""
    return TwilioResource(sid=sid, status="sent", direction=direction, created=created, body=body)


def rival(body: str = BODY, state: str = "unknown", sids: tuple[str, ...] = (), number: int = 2) -> DeliveryRecord:
    """Another text to the same number."""
    return record(queued({**TEXT, "id": f"t{number}", "body": body}), state=state, sids=sids)


def adopted(sid: str = "SM1", body: str = BODY, created: datetime | None = NOON) -> ListMatch:
    """This text is surely ours."""
    return ListMatch(Verdict.OURS, listed(body, sid, created=created))


# What Twilio lists; the other records of the number; what that comes to.
FINDINGS: dict[str, tuple[list[TwilioResource], list[DeliveryRecord], ListMatch]] = {
    "an empty list": ([], [], NOTHING),
    "our body": ([listed()], [], adopted()),
    "our body behind a trial account's words": ([listed(TRIAL + BODY)], [], adopted(body=TRIAL + BODY)),
    "our body before other words": ([listed(BODY + " Reply STOP to end.")], [], UNSURE),
    "our body in other letters": ([listed(BODY.upper())], [], UNSURE),
    "a body that Twilio hides": ([listed("")], [], UNSURE),
    "another program's text": ([listed("Your code is 1234")], [], UNSURE),
    "another program's text and ours": ([listed("Your code is 1234", "SM2"), listed()], [], adopted()),
    "a text that the number sent us": ([listed(direction="inbound")], [], NOTHING),
    "an answer to a text": ([listed(direction="outbound-reply")], [], NOTHING),
    "a text from before": ([listed(created=BEFORE - timedelta(seconds=1))], [], NOTHING),
    "a text from just before": ([listed(created=BEFORE)], [], adopted(created=BEFORE)),
    "a text of no time": ([listed(created=None)], [], adopted(created=None)),
    "a text that another record owns": ([listed()], [rival(state="sent", sids=("SM1",))], NOTHING),
    "what others own, and ours": ([listed(), listed(sid="SM2")], [rival(state="sent", sids=("SM1",))], adopted("SM2")),
    "our body, twice": ([listed(sid="SM2"), listed(sid="SM1")], [], adopted("SM1")),
    "our body, and an open record of the same": ([listed()], [rival()], CROWDED),
    "two of our body, and an open record of the same": ([listed(), listed(sid="SM2")], [rival()], CROWDED),
    "our body, and a released record of the same": ([listed()], [rival(state="released")], CROWDED),
    "our body, and an ended record of the same": ([listed()], [rival(state="expired")], adopted()),
    "our body, and an open record of another": ([listed()], [rival("Bye.")], adopted()),
    "its body, and not ours": ([listed("Bye.")], [rival("Bye.")], CROWDED),
    "trial words before its body": ([listed(TRIAL + "Bye.")], [rival("Bye.")], CROWDED),
    "trial words, and its body is the end of ours": ([listed(TRIAL + BODY)], [rival("world.")], CROWDED),
    "exactly ours, and its body is the end of ours": ([listed()], [rival("world.")], adopted()),
    "nothing, and an open record": ([], [rival()], NOTHING),
    "another's text, and an open call": ([listed("Your code is 1234")], [CALLS], UNSURE),
    "another's text, and an ended record": ([listed("Your code is 1234")], [rival(state="delivered")], UNSURE),
}


@pytest.mark.parametrize(("list_", "others", "finding"), FINDINGS.values(), ids=FINDINGS)
def test_what_a_list_comes_to(list_: list[TwilioResource], others: list[DeliveryRecord], finding: ListMatch) -> None:
    """Adopted when surely ours; nothing; to be looked at again; or for a person to decide."""
    assert match_list(OURS, list_, [OURS, *others]) == finding


def test_what_we_own_ourselves_is_taken_away_too() -> None:
    """A second attempt is not settled by the first one's text."""
    own = msgspec.structs.replace(OURS, sids=("SM1",))
    assert match_list(own, [listed()], [own]) == NOTHING


def test_a_call_is_never_adopted_from_a_list() -> None:
    """Nothing in it says which command it is of: a person decides, or a callback comes."""
    call = TwilioResource(sid="CA1", status="completed", direction="outbound-api", created=NOON)
    assert match_list(CALLS, [call], [CALLS]) == UNSURE
    assert match_list(CALLS, [call], [CALLS, msgspec.structs.replace(CALLS, state="sent", sids=("CA1",))]) == UNSURE
    other = record(queued({**CALL, "id": "c2"}, "call-outbox"), state="in-progress", sids=("CA1",))
    assert match_list(CALLS, [call], [CALLS, other]) == NOTHING


def test_a_text_by_template_has_no_body_to_recognise() -> None:
    """Twilio fills it in: what it made of it is not ours beyond doubt."""
    template = record(queued({"id": "t1", "to": TO, "content_sid": "HX" + "b2" * 16}), state="unknown")
    assert match_list(template, [listed("Dear Ana, ...")], [template]) == UNSURE
    assert match_list(template, [listed("")], [template]) == UNSURE


def test_twilio_is_asked_back_to_the_first_claim() -> None:
    """Not the last one's: the first may be what arrived. Less five minutes, by which clocks may differ."""
    assert search_start(record(first_claimed_at=NOON + timedelta(hours=1))) == NOON + timedelta(minutes=55)
    assert search_start(record(first_claimed_at=None)) == NOON - timedelta(minutes=5)


class Doubt(FakeWorker):
    """A worker with an attempt in doubt that has settled, and what Twilio lists."""

    def __init__(self, *list_: TwilioResource) -> None:
        super().__init__()
        self.twilio.list = list(list_)

    async def look(self, *others: DeliveryRecord, **changes: object) -> None:
        """The message comes back after one settling time."""
        await self.hold(msgspec.structs.replace(OURS, **changes), *others)
        self.clock.pass_(300)
        await self.deliver()

    @property
    def ours(self) -> DeliveryRecord:
        """The record in doubt."""
        return next(each for each in self.ledger.records() if each.key == OURS.key)


async def test_a_text_that_is_ours_is_adopted() -> None:
    """With its SID and its state, which is told; nothing is sent."""
    worker = Doubt(listed())
    await worker.look()
    assert (worker.record.state, worker.record.sids) == ("sent", ("SM1",))
    assert [event["state"] for event in worker.events] == ["sent"]
    assert (worker.twilio.asked, worker.requeued) == ([], [])


async def test_nothing_is_believed_the_second_time() -> None:
    """Once may be a list that lags: it is looked at again one settling time later, and then sent again."""
    worker = Doubt()
    await worker.look()
    assert (worker.record.state, worker.record.empty_looks) == ("unknown", 1)
    assert (worker.requeued[0].delay, worker.envelopes[0]["attempt"]) == (301, 0)
    await worker.deliver_next()
    assert (worker.record.state, worker.record.attempt, worker.record.empty_looks) == ("released", 1, 0)
    assert worker.twilio.asked == []
    await worker.deliver_next()
    assert len(worker.twilio.asked) == 1
    assert (worker.record.state, worker.record.attempt) == ("queued", 1)


async def test_a_list_that_lagged_is_believed_when_it_shows_the_text() -> None:
    """The second look finds it: one text, and not another."""
    worker = Doubt()
    await worker.look()
    worker.twilio.list = [listed()]
    await worker.deliver_next()
    assert (worker.record.state, worker.twilio.asked, worker.requeued) == ("sent", [], [])


async def test_two_messages_looking_at_once_count_as_one_look() -> None:
    """A duplicate of the message does not halve the time that the list is given."""
    worker = Doubt()
    await worker.look()
    await worker.deliver()
    assert worker.record.empty_looks == 1
    assert worker.record.state == "unknown"


async def test_a_crowded_number_is_looked_at_again() -> None:
    """The other's end may show whose the text is; nothing is told, and nothing is counted."""
    worker = Doubt(listed())
    await worker.look(rival())
    assert (worker.ours.state, worker.ours.empty_looks) == ("unknown", 0)
    assert worker.requeued[0].delay == 301
    assert (worker.events, worker.letters) == ([], [])


@pytest.mark.parametrize("body", ["Your code is 1234", ""])
async def test_what_may_be_ours_or_not_is_for_a_person(body: str, caplog: pytest.LogCaptureFixture) -> None:
    """`unresolved`: an event, an alert, and the message whole in `dead-letter`. It is not sent again."""
    worker = Doubt(listed(body))
    await worker.look()
    (letter,), (event,) = worker.letters, worker.events
    assert (worker.record.state, event["state"]) == ("unresolved", "unresolved")
    assert letter["body"] == '{"id": "t1", "to": "+15005550010", "body": "Hello world."}'
    assert worker.record.reason == event["reason"] == letter["reason"]
    assert [each.levelname for each in caplog.records if "event=delivery_unresolved" in each.getMessage()] == ["ERROR"]
    assert (worker.twilio.asked, worker.requeued) == ([], [])


async def test_the_end_of_its_time_is_for_a_person_too() -> None:
    """Nobody could tell in time: it is never taken for lost."""
    worker = Doubt()
    await worker.hold(OURS)
    worker.clock.pass_(24 * 3600)
    await worker.deliver(queued().to_json().encode())
    assert (worker.record.state, len(worker.letters)) == ("unresolved", 1)


async def test_a_fault_of_our_account_stops_the_line_and_ages_nothing() -> None:
    """We may not look: that is not the text's fault."""
    worker = Doubt()
    worker.twilio.error = AccountFault("no", code=20003)
    await worker.look()
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
async def test_a_list_that_cannot_be_had_decides_nothing(error: Exception) -> None:
    """It is asked for again one settling time later."""
    worker = Doubt()
    worker.twilio.error = error
    await worker.look()
    assert (worker.record.state, worker.record.empty_looks) == ("unknown", 0)
    assert (worker.requeued[0].delay, worker.envelopes[0]["attempt"]) == (301, 0)
    assert worker.events == []


async def test_a_letter_that_cannot_be_written_ends_nothing() -> None:
    """The body would be lost: the message comes again, the record still in doubt."""
    worker = Doubt(listed("Your code is 1234"))
    worker.queues.error = StorageUnavailable("queue dead-letter did not take a message")
    with pytest.raises(StorageUnavailable):
        await worker.look()
    assert worker.record.state == "unknown"


async def test_a_callback_after_all_settles_it() -> None:
    """The message that comes back finds that, and is dropped without a look."""
    worker = Doubt()
    await worker.hold(msgspec.structs.replace(OURS, state="delivered", sids=("SM1",)))
    worker.clock.pass_(300)
    worker.twilio.error = OutcomeUnknown("nobody asks")
    await worker.deliver()
    assert (worker.requeued, worker.events, worker.letters) == ([], [], [])
