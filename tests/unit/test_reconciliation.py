"""What Twilio's list of a number says of an attempt that nobody heard the end of. Never a guess."""

from datetime import datetime, timedelta

import msgspec
import pytest

from switchboard.errors import (
    AccountFault,
    ConfigurationError,
    NotReached,
    OutcomeUnknown,
    SecretsUnavailable,
    StorageUnavailable,
)
from switchboard.ledger import Record
from switchboard.reconciliation import Finding, Verdict, find, since
from switchboard.rest import Listed
from tests.desk import CALL, TEXT, TO, Desk, order, record
from tests.memory import NOON

TRIAL = "Sent from your Twilio trial account - "
BODY = "Hello world."
BEFORE = NOON - timedelta(minutes=5)
OURS = record(state="unknown")
CALLS = record(order(CALL, "call-outbox"), state="unknown")
NOTHING, CROWDED, UNSURE = (Finding(verdict) for verdict in (Verdict.NOTHING, Verdict.CROWDED, Verdict.UNSURE))


def listed(
    body: str = BODY, sid: str = "SM1", *, direction: str = "outbound-api", created: datetime | None = NOON
) -> Listed:
    """A text as Twilio shows it."""
    return Listed(sid=sid, word="sent", direction=direction, created=created, body=body)


def rival(body: str = BODY, state: str = "unknown", sids: tuple[str, ...] = (), number: int = 2) -> Record:
    """Another text to the same number."""
    return record(order({**TEXT, "id": f"t{number}", "body": body}), state=state, sids=sids)


def adopted(sid: str = "SM1", body: str = BODY, created: datetime | None = NOON) -> Finding:
    """This text is surely ours."""
    return Finding(Verdict.OURS, listed(body, sid, created=created))


# What Twilio lists; the other records of the number; what that comes to.
FINDINGS: dict[str, tuple[list[Listed], list[Record], Finding]] = {
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
def test_what_a_list_comes_to(list_: list[Listed], others: list[Record], finding: Finding) -> None:
    """Adopted when surely ours; nothing; to be looked at again; or for a person to decide."""
    assert find(OURS, list_, [OURS, *others]) == finding


def test_what_we_own_ourselves_is_taken_away_too() -> None:
    """A second attempt is not settled by the first one's text."""
    own = msgspec.structs.replace(OURS, sids=("SM1",))
    assert find(own, [listed()], [own]) == NOTHING


def test_a_call_is_never_adopted_from_a_list() -> None:
    """Nothing in it says which command it is of: a person decides, or a callback comes."""
    call = Listed(sid="CA1", word="completed", direction="outbound-api", created=NOON)
    assert find(CALLS, [call], [CALLS]) == UNSURE
    assert find(CALLS, [call], [CALLS, msgspec.structs.replace(CALLS, state="sent", sids=("CA1",))]) == UNSURE
    other = record(order({**CALL, "id": "c2"}, "call-outbox"), state="in-progress", sids=("CA1",))
    assert find(CALLS, [call], [CALLS, other]) == NOTHING


def test_a_text_by_template_has_no_body_to_recognise() -> None:
    """Twilio fills it in: what it made of it is not ours beyond doubt."""
    template = record(order({"id": "t1", "to": TO, "content_sid": "HX" + "b2" * 16}), state="unknown")
    assert find(template, [listed("Dear Ana, ...")], [template]) == UNSURE
    assert find(template, [listed("")], [template]) == UNSURE


def test_twilio_is_asked_back_to_the_first_claim() -> None:
    """Not the last one's: the first may be what arrived. Less five minutes, by which clocks may differ."""
    assert since(record(first_claimed_at=NOON + timedelta(hours=1))) == NOON + timedelta(minutes=55)
    assert since(record(first_claimed_at=None)) == NOON - timedelta(minutes=5)


class Doubt(Desk):
    """A worker with an attempt in doubt that has settled, and what Twilio lists."""

    def __init__(self, *list_: Listed) -> None:
        super().__init__()
        self.twilio.list = list(list_)

    async def look(self, *others: Record, **changes: object) -> None:
        """The message comes back after one settling time."""
        await self.hold(msgspec.structs.replace(OURS, **changes), *others)
        self.clock.pass_(300)
        await self.deliver()

    @property
    def ours(self) -> Record:
        """The record in doubt."""
        return next(each for each in self.ledger.records() if each.key == OURS.key)


async def test_a_text_that_is_ours_is_adopted() -> None:
    """With its SID and its state, which is told; nothing is sent."""
    desk = Doubt(listed())
    await desk.look()
    assert (desk.record.state, desk.record.sids) == ("sent", ("SM1",))
    assert [event["state"] for event in desk.events] == ["sent"]
    assert (desk.twilio.asked, desk.returned) == ([], [])


async def test_nothing_is_believed_the_second_time() -> None:
    """Once may be a list that lags: it is looked at again one settling time later, and then sent again."""
    desk = Doubt()
    await desk.look()
    assert (desk.record.state, desk.record.empty_looks) == ("unknown", 1)
    assert (desk.returned[0].delay, desk.envelopes[0]["attempt"]) == (301, 0)
    await desk.take_next()
    assert (desk.record.state, desk.record.attempt, desk.record.empty_looks) == ("released", 1, 0)
    assert desk.twilio.asked == []
    await desk.take_next()
    assert len(desk.twilio.asked) == 1
    assert (desk.record.state, desk.record.attempt) == ("queued", 1)


async def test_a_list_that_lagged_is_believed_when_it_shows_the_text() -> None:
    """The second look finds it: one text, and not another."""
    desk = Doubt()
    await desk.look()
    desk.twilio.list = [listed()]
    await desk.take_next()
    assert (desk.record.state, desk.twilio.asked, desk.returned) == ("sent", [], [])


async def test_two_messages_looking_at_once_count_as_one_look() -> None:
    """A duplicate of the message does not halve the time that the list is given."""
    desk = Doubt()
    await desk.look()
    await desk.deliver()
    assert desk.record.empty_looks == 1
    assert desk.record.state == "unknown"


async def test_a_crowded_number_is_looked_at_again() -> None:
    """The other's end may show whose the text is; nothing is told, and nothing is counted."""
    desk = Doubt(listed())
    await desk.look(rival())
    assert (desk.ours.state, desk.ours.empty_looks) == ("unknown", 0)
    assert desk.returned[0].delay == 301
    assert (desk.events, desk.letters) == ([], [])


@pytest.mark.parametrize("body", ["Your code is 1234", ""])
async def test_what_may_be_ours_or_not_is_for_a_person(body: str, caplog: pytest.LogCaptureFixture) -> None:
    """`unresolved`: an event, an alert, and the message whole in `dead-letter`. It is not sent again."""
    desk = Doubt(listed(body))
    await desk.look()
    (letter,), (event,) = desk.letters, desk.events
    assert (desk.record.state, event["state"]) == ("unresolved", "unresolved")
    assert letter["body"] == '{"id": "t1", "to": "+15005550010", "body": "Hello world."}'
    assert desk.record.reason == event["reason"] == letter["reason"]
    assert [each.levelname for each in caplog.records if "event=delivery_unresolved" in each.getMessage()] == ["ERROR"]
    assert (desk.twilio.asked, desk.returned) == ([], [])


async def test_the_end_of_its_time_is_for_a_person_too() -> None:
    """Nobody could tell in time: it is never taken for lost."""
    desk = Doubt()
    await desk.hold(OURS)
    desk.clock.pass_(24 * 3600)
    await desk.deliver(order().to_json().encode())
    assert (desk.record.state, len(desk.letters)) == ("unresolved", 1)


async def test_a_fault_of_our_account_stops_the_line_and_ages_nothing() -> None:
    """We may not look: that is not the text's fault."""
    desk = Doubt()
    desk.twilio.error = AccountFault("no", code=20003)
    await desk.look()
    assert (desk.record.state, desk.record.empty_looks) == ("unknown", 0)
    assert not desk.line.lets_through(desk.record.sender)
    waited = timedelta(seconds=desk.returned[0].delay)
    assert datetime.fromisoformat(desk.envelopes[0]["first_seen"]) - order().first_seen >= waited


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
    desk = Doubt()
    desk.twilio.error = error
    await desk.look()
    assert (desk.record.state, desk.record.empty_looks) == ("unknown", 0)
    assert (desk.returned[0].delay, desk.envelopes[0]["attempt"]) == (301, 0)
    assert desk.events == []


async def test_a_letter_that_cannot_be_written_ends_nothing() -> None:
    """The body would be lost: the message comes again, the record still in doubt."""
    desk = Doubt(listed("Your code is 1234"))
    desk.outbox.error = StorageUnavailable("queue dead-letter did not take a message")
    with pytest.raises(StorageUnavailable):
        await desk.look()
    assert desk.record.state == "unknown"


async def test_a_callback_after_all_settles_it() -> None:
    """The message that comes back finds that, and is dropped without a look."""
    desk = Doubt()
    await desk.hold(msgspec.structs.replace(OURS, state="delivered", sids=("SM1",)))
    desk.clock.pass_(300)
    desk.twilio.error = OutcomeUnknown("nobody asks")
    await desk.deliver()
    assert (desk.returned, desk.events, desk.letters) == ([], [], [])
