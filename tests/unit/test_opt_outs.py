"""STOP and START: which sender they apply to, and which scheduled texts they cancel."""

import msgspec
import pytest

from switchboard.delivery.record import partition_of
from switchboard.errors import AccountFault, NotReached, Rejected, StorageUnavailable
from switchboard.text import HELP_WORDS, START_WORDS, STOP_WORDS
from switchboard.webhooks import IncomingMessage
from tests.fake_worker import FROM, SERVICE, TEXT, TO, FakeWorker, queued, record

PARTITION = partition_of(TO)
GONE = AccountFault("Twilio answered with an error", code=20404, status=404)
STOP = IncomingMessage(
    sid="SM1", sender=TO, recipient=FROM, messaging_service_sid="", body="STOP", media=(), opt_out=""
)


def text(body: str = "", opt_out: str = "", service: str = "") -> IncomingMessage:
    """An incoming text of the recipient."""
    return msgspec.structs.replace(STOP, body=body, opt_out=opt_out, messaging_service_sid=service)


@pytest.mark.parametrize(
    ("body", "opt_out", "keyword"),
    [
        *((word, "", "STOP") for word in sorted(STOP_WORDS)),
        *((word, "", "START") for word in sorted(START_WORDS)),
        ("stop", "", "STOP"),
        ("  Stop\n", "", "STOP"),
        ("PARA", "STOP", "STOP"),
        ("SIM", "START", "START"),
        ("HELP", "", "HELP"),
        ("AJUDA", "HELP", "HELP"),
        ("STOP", "HELP", "HELP"),
        ("stop it", "", ""),
        ("please stop", "", ""),
        ("", "", ""),
        ("hours", "", ""),
    ],
)
def test_keywords_are_recognized_as_twilio_does(body: str, opt_out: str, keyword: str) -> None:
    """The whole body, in any case. With Advanced Opt-Out, `OptOutType` decides."""
    assert text(body, opt_out).opt_out_keyword == keyword


CHANNELS = ("whatsapp", "rcs", "messenger")


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("word", sorted((STOP_WORDS | START_WORDS | HELP_WORDS) - {"STOP"}))
def test_words_of_sms_are_answers_on_other_channels(channel: str, word: str) -> None:
    """ "Cancel" cancels a booking there, and "Yes" strikes no opt-out out."""
    assert msgspec.structs.replace(STOP, sender=f"{channel}:{TO}", body=word).opt_out_keyword == ""


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("word", ["STOP", "stop", " Stop\n"])
def test_a_typed_stop_counts_on_every_channel(channel: str, word: str) -> None:
    """Nobody who typed it wants more."""
    assert msgspec.structs.replace(STOP, sender=f"{channel}:{TO}", body=word).opt_out_keyword == "STOP"


@pytest.mark.parametrize("sender", [TO, f"whatsapp:{TO}", f"rcs:{TO}"])
@pytest.mark.parametrize("word", ["STOP", "Cancel", "Yes", "Help"])
def test_a_tap_is_no_keyword_but_what_twilio_recognized_is(sender: str, word: str) -> None:
    """The business chooses the words on a button; OptOutType decides first."""
    tap = msgspec.structs.replace(STOP, sender=sender, body=word, is_tap=True)
    assert tap.opt_out_keyword == ""
    assert msgspec.structs.replace(tap, opt_out="STOP").opt_out_keyword == "STOP"


@pytest.mark.parametrize(
    "word", ["\u017ftop", "\u017fTOP", "\uff33\uff34\uff2f\uff30", "st\u1d0fp", "\u017ftart", "unsubscr\u0131be"]
)
def test_keywords_are_compared_in_ascii_case_only(word: str) -> None:
    """Python's `upper` makes STOP of a long s, and UNSUBSCRIBE of a dotless i."""
    assert text(word).opt_out_keyword == ""


async def test_a_stop_is_recorded_for_the_number_it_was_sent_to() -> None:
    """A START removes it. Both are idempotent."""
    worker = FakeWorker()
    for _ in range(2):
        await worker.record_keyword(text("STOP"))
        assert worker.opt_outs.stopped == {(PARTITION, FROM)}
    for _ in range(2):
        await worker.record_keyword(text("START"))
        assert worker.opt_outs.stopped == set()


async def test_a_stop_through_a_service_is_recorded_for_number_and_service() -> None:
    """For the number that was texted, and its messaging service."""
    worker = FakeWorker()
    await worker.record_keyword(text("STOP", service=SERVICE))
    assert worker.opt_outs.stopped == {(PARTITION, FROM), (PARTITION, SERVICE)}
    await worker.record_keyword(text("PARA", "START", service=SERVICE))
    assert worker.opt_outs.stopped == set()


async def test_a_start_to_one_number_leaves_other_opt_outs() -> None:
    """Opt-outs are per recipient and sender, as at Twilio."""
    worker = FakeWorker()
    await worker.opt_outs.add(PARTITION, "+15005550002")
    await worker.record_keyword(text("START"))
    assert worker.opt_outs.stopped == {(PARTITION, "+15005550002")}


@pytest.mark.parametrize("body", ["HELP", "hours", ""])
async def test_another_text_uses_no_storage(body: str) -> None:
    """Unavailable tables do not stop its event."""
    worker = FakeWorker()
    worker.failures.away = True
    await worker.record_keyword(text(body))
    assert worker.opt_outs.stopped == set()


async def test_a_stop_cancels_the_scheduled_texts_of_its_sender() -> None:
    """Every SID; not texts that were sent, of another sender, or to another number."""
    worker = FakeWorker()
    ours, sent, by_service = (queued({**TEXT, "id": identity}) for identity in ("t1", "t2", "t3"))
    elsewhere = queued({**TEXT, "to": "+15005550011"})
    await worker.hold(
        record(ours, state="scheduled", sids=("SM1", "SM2")),
        record(sent, state="sent", sids=("SM3",)),
        record(by_service, state="scheduled", sender=SERVICE, sids=("SM4",)),
        record(elsewhere, state="scheduled", sids=("SM5",)),
    )
    await worker.record_keyword(text("STOP"))
    assert worker.twilio.canceled == ["SM1", "SM2"]
    assert (await worker.read(ours.key)).state == "canceled"
    assert [event["state"] for event in worker.events] == ["canceled"]


async def test_a_stop_to_a_service_cancels_its_scheduled_texts() -> None:
    """Scheduled texts always go through a service."""
    worker = FakeWorker()
    await worker.hold(record(state="scheduled", sender=SERVICE, sids=("SM4",)))
    await worker.record_keyword(text("STOP", service=SERVICE))
    assert (worker.twilio.canceled, worker.record.state) == (["SM4"], "canceled")


async def test_a_start_cancels_nothing() -> None:
    """Scheduled texts stay."""
    worker = FakeWorker()
    await worker.hold(record(state="scheduled", sids=("SM1",)))
    await worker.record_keyword(text("START"))
    assert (worker.twilio.canceled, worker.record.state) == ([], "scheduled")


async def test_a_failed_cancellation_fails_the_webhook() -> None:
    """Twilio repeats it, and the recorded opt-out stays."""
    worker = FakeWorker(NotReached("no connection"))
    await worker.hold(record(state="scheduled", sids=("SM1",)))
    with pytest.raises(StorageUnavailable):
        await worker.record_keyword(text("STOP"))
    assert worker.opt_outs.stopped == {(PARTITION, FROM)}
    worker.twilio.error = None
    await worker.record_keyword(text("STOP"))
    assert worker.record.state == "canceled"


@pytest.mark.parametrize("error", [Rejected("no", code=30409, status=400), GONE])
async def test_a_cancellation_that_is_too_late_is_logged(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    """The text was sent, or Twilio no longer has it: a repetition would not help."""
    worker = FakeWorker(error)
    await worker.hold(record(state="scheduled", sids=("SM1",)))
    await worker.record_keyword(text("STOP"))
    assert "event=cancel_too_late id=sms:t1 sid=SM1" in caplog.text
    assert worker.opt_outs.stopped == {(PARTITION, FROM)}


async def test_a_stop_that_cannot_be_recorded_raises() -> None:
    """Twilio must repeat the webhook: nobody else knows of it."""
    worker = FakeWorker()
    worker.failures.away = True
    with pytest.raises(StorageUnavailable):
        await worker.record_keyword(text("STOP"))
