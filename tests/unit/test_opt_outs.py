"""STOP and START: who told whom, as Twilio counts it, and what is canceled for it."""

import msgspec
import pytest

from switchboard.errors import AccountFault, NotReached, Rejected, StorageUnavailable
from switchboard.ledger import hashed
from switchboard.messaging import START_WORDS, STOP_WORDS
from switchboard.opt_outs import keyword
from switchboard.webhooks import IncomingMessage
from tests.desk import FROM, SERVICE, TEXT, TO, Desk, order, record

PARTITION = hashed(TO)
GONE = AccountFault("Twilio answered with an error", code=20404, status=404)
STOP = IncomingMessage(
    sid="SM1", sender=TO, recipient=FROM, messaging_service_sid="", body="STOP", media=(), opt_out=""
)


def text(body: str = "", opt_out: str = "", service: str = "") -> IncomingMessage:
    """A text that came in from our recipient."""
    return msgspec.structs.replace(STOP, body=body, opt_out=opt_out, messaging_service_sid=service)


@pytest.mark.parametrize(
    ("body", "opt_out", "says"),
    [
        *((word, "", "STOP") for word in sorted(STOP_WORDS)),
        *((word, "", "START") for word in sorted(START_WORDS)),
        ("stop", "", "STOP"),
        ("  Stop\n", "", "STOP"),
        ("PARA", "STOP", "STOP"),
        ("SIM", "START", "START"),
        ("HELP", "", ""),
        ("AJUDA", "HELP", ""),
        ("STOP", "HELP", ""),
        ("stop it", "", ""),
        ("please stop", "", ""),
        ("", "", ""),
        ("hours", "", ""),
    ],
)
def test_a_text_says_stop_or_start_as_twilio_hears_it(body: str, opt_out: str, says: str) -> None:
    """The whole body, in any case; with Advanced Opt-Out, Twilio's own word goes before the body's."""
    assert keyword(text(body, opt_out)) == says


async def test_a_stop_is_written_down_for_the_number_it_was_sent_to() -> None:
    """And a START takes it back; each may come twice."""
    desk = Desk()
    for _ in range(2):
        await desk.opt_out_desk.hear(text("STOP"))
        assert desk.opt_outs.stopped == {(PARTITION, FROM)}
    for _ in range(2):
        await desk.opt_out_desk.hear(text("START"))
        assert desk.opt_outs.stopped == set()


async def test_what_comes_through_a_service_counts_for_both() -> None:
    """The number that was texted, and the service in front of it."""
    desk = Desk()
    await desk.opt_out_desk.hear(text("STOP", service=SERVICE))
    assert desk.opt_outs.stopped == {(PARTITION, FROM), (PARTITION, SERVICE)}
    await desk.opt_out_desk.hear(text("PARA", "START", service=SERVICE))
    assert desk.opt_outs.stopped == set()


async def test_a_start_to_one_number_leaves_the_others_stopped() -> None:
    """As Twilio counts it: per recipient and sender."""
    desk = Desk()
    await desk.opt_outs.add(PARTITION, "+15005550002")
    await desk.opt_out_desk.hear(text("START"))
    assert desk.opt_outs.stopped == {(PARTITION, "+15005550002")}


@pytest.mark.parametrize("body", ["HELP", "hours", ""])
async def test_any_other_text_touches_no_storage(body: str) -> None:
    """A table that is away keeps nobody's text from being told."""
    desk = Desk()
    desk.failures.away = True
    await desk.opt_out_desk.hear(text(body))
    assert desk.opt_outs.stopped == set()


async def test_a_stop_cancels_what_is_scheduled_by_this_sender() -> None:
    """By every SID of it; what is on its way, another sender's, and another's number is left alone."""
    desk = Desk()
    ours, sent, by_service = (order({**TEXT, "id": identity}) for identity in ("t1", "t2", "t3"))
    elsewhere = order({**TEXT, "to": "+15005550011"})
    await desk.hold(
        record(ours, state="scheduled", sids=("SM1", "SM2")),
        record(sent, state="sent", sids=("SM3",)),
        record(by_service, state="scheduled", sender=SERVICE, sids=("SM4",)),
        record(elsewhere, state="scheduled", sids=("SM5",)),
    )
    await desk.opt_out_desk.hear(text("STOP"))
    assert desk.twilio.canceled == ["SM1", "SM2"]
    assert (await desk.read(ours.key)).state == "canceled"
    assert [event["state"] for event in desk.events] == ["canceled"]


async def test_a_stop_to_a_service_cancels_what_the_service_scheduled() -> None:
    """Scheduled texts always go by one."""
    desk = Desk()
    await desk.hold(record(state="scheduled", sender=SERVICE, sids=("SM4",)))
    await desk.opt_out_desk.hear(text("STOP", service=SERVICE))
    assert (desk.twilio.canceled, desk.record.state) == (["SM4"], "canceled")


async def test_a_start_cancels_nothing() -> None:
    """Texts that wait for their time are welcome."""
    desk = Desk()
    await desk.hold(record(state="scheduled", sids=("SM1",)))
    await desk.opt_out_desk.hear(text("START"))
    assert (desk.twilio.canceled, desk.record.state) == ([], "scheduled")


async def test_a_cancel_that_may_pass_is_asked_for_again() -> None:
    """The webhook fails, Twilio comes again, and what was written stays written."""
    desk = Desk(NotReached("no connection"))
    await desk.hold(record(state="scheduled", sids=("SM1",)))
    with pytest.raises(StorageUnavailable):
        await desk.opt_out_desk.hear(text("STOP"))
    assert desk.opt_outs.stopped == {(PARTITION, FROM)}
    desk.twilio.error = None
    await desk.opt_out_desk.hear(text("STOP"))
    assert desk.record.state == "canceled"


@pytest.mark.parametrize("error", [Rejected("no", code=30409, status=400), GONE])
async def test_a_cancel_that_comes_too_late_keeps_nobody_waiting(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    """It went out, or Twilio no longer has it: coming again would not help, and the STOP itself is told."""
    desk = Desk(error)
    await desk.hold(record(state="scheduled", sids=("SM1",)))
    await desk.opt_out_desk.hear(text("STOP"))
    assert "event=cancel_too_late id=sms:t1 sid=SM1" in caplog.text
    assert desk.opt_outs.stopped == {(PARTITION, FROM)}


async def test_a_stop_that_cannot_be_written_is_raised() -> None:
    """Twilio shall come again: nobody else knows of it."""
    desk = Desk()
    desk.failures.away = True
    with pytest.raises(StorageUnavailable):
        await desk.opt_out_desk.hear(text("STOP"))
