"""What a flow is given: the call with its URL, settings, time, logger, and events."""

import logging
from datetime import UTC, datetime

import pytest

from switchboard.flows import Call, Event, flow_events
from switchboard.flows.flow_events import Run
from switchboard.flows.flow_logger import FlowLogger
from switchboard.flows.outbox import Outbox
from switchboard.flows.run_context import context_of, number_of
from switchboard.form import Form, Verified
from switchboard.publishing import LARGEST_EVENT
from switchboard.queues import encode
from tests.numbers_files import FRONT_DESK, WHOLE, numbers

CALLER = "+351910000077"
FORM = {"CallSid": "CA1", "From": CALLER, "To": FRONT_DESK, "Direction": "inbound"}
NOON = datetime(2026, 7, 1, 11, tzinfo=UTC)


def read(query: str = "", **form: str) -> Call:
    """A call at a URL."""
    sent = {name: [value] for name, value in (FORM | form).items()}
    return Call.from_verified("table", Verified(Form.parse(query), Form(sent)))


def test_a_step_keeps_number_language_and_parameters() -> None:
    """What is given again replaces what was there."""
    call = read("name=Front+desk&language=pt&step=time&people=4&table=by+the+window")
    assert (call.step, call.parameters) == ("time", {"people": "4", "table": "by the window"})
    assert call.url("done", {"people": 5}) == (
        "table?name=Front+desk&language=pt&step=done&people=5&table=by+the+window"
    )
    assert call.start_url == "../voice/incoming?name=Front+desk"
    assert read().start_url == "../voice/incoming"


@pytest.mark.parametrize("name", ["name", "language", "step"])
def test_a_parameter_of_switchboards_own_is_refused(name: str) -> None:
    """It would choose another number, or another step."""
    with pytest.raises(ValueError, match=name):
        read().url("done", {name: "x"})


def test_the_caller_of_a_call_that_we_placed_is_the_person() -> None:
    """Twilio's From is our own number then."""
    call = read(Direction="outbound-api", From=FRONT_DESK, To=CALLER)
    assert (call.caller, call.called, call.is_outbound) == (CALLER, FRONT_DESK, True)


@pytest.mark.parametrize(("text", "confidence"), [("0.87", 0.87), ("", 0.0), ("high", 0.0), ("nan", 0.0), ("7", 0.0)])
def test_speech_has_its_confidence(text: str, confidence: float) -> None:
    """0 to 1; what is no such number is 0."""
    assert read(SpeechResult="four", Confidence=text).confidence == confidence


def test_a_recording_is_typed() -> None:
    """None without one."""
    recording = read(RecordingSid="RE1", RecordingUrl="https://api.twilio.com/RE1", RecordingDuration="7").recording
    assert recording is not None
    assert (recording.sid, recording.seconds) == ("RE1", 7)
    assert read().recording is None


def test_settings_are_those_of_flows_and_the_time_is_the_numbers() -> None:
    """No token, and noon in Lisbon is eleven in UTC in summer."""
    file = numbers(WHOLE)
    number = number_of(file.find(FRONT_DESK))
    environ = {"FLOW_URL": "https://api.fabrikam.net", "TWILIO_AUTH_TOKEN": "secret"}
    context = context_of(number, file, environ, NOON, Outbox(), [])
    assert dict(context.settings) == {"FLOW_URL": "https://api.fabrikam.net"}
    assert context.now.isoformat() == "2026-07-01T12:00:00+01:00"
    assert context_of(number_of(file.find("+1")), file, {}, NOON, Outbox(), []).now == NOON
    assert "secret" not in repr(context)


def test_the_language_of_a_menu_is_that_of_the_flow() -> None:
    """With the file's own words in its sentences, and without the voice of another language."""
    file = numbers(WHOLE)
    number = number_of(file.find(FRONT_DESK), "pt")
    assert (number.name, number.language, number.voice) == ("Front desk", "pt", "")
    assert context_of(number, file, {}, NOON, Outbox(), []).sentences.goodbye == "Até logo."


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("call from +351910000077", "call from …"),
        ("call from +351 910-000-077 now", "call from … now"),
        ("order 12345 in 3 days", "order 12345 in 3 days"),
        ("order 123456", "order …"),
        ("he said Four Of Us!", "he said …!"),
        ("key 4", "key 4"),
        ("two\nlines\x1b[0m", "two lines [0m"),
    ],
)
def test_a_line_has_no_number_and_nothing_that_was_said(line: str, expected: str) -> None:
    """Nor a line break, which would forge a line."""
    outbox = Outbox()
    FlowLogger(outbox, ["4", "four of us", ""]).info("%s", line)
    assert outbox.close() == ([], [(logging.INFO, expected)])


def test_an_exception_is_logged_by_type_and_place() -> None:
    """Its text may quote anybody."""
    outbox = Outbox()
    try:
        int(f"{CALLER} no number")
    except ValueError:
        FlowLogger(outbox, []).exception("order %s", 7)
    ((level, line),) = outbox.close()[1]
    assert level == logging.ERROR
    assert line.startswith("order 7: ValueError at test_flows_context.py:")
    assert CALLER not in line


@pytest.mark.parametrize(
    ("event", "error"),
    [
        (Event(type="switchboard.sms.received"), ValueError),
        (Event(type="two words"), ValueError),
        (Event(type="big", data={"text": "a" * 40_000}), ValueError),
        (Event(type="objects", data={"it": object()}), TypeError),
    ],
)
def test_an_event_that_cannot_be_published_is_refused_at_once(event: Event, error: type[Exception]) -> None:
    """At the line of the flow that publishes it."""
    with pytest.raises(error):
        Outbox().publish(event)


def test_the_largest_event_fits_a_queue_message() -> None:
    """U+FFFF takes six bytes there, three in UTF-8."""
    outbox = Outbox()
    outbox.publish(Event(type="a.b", data={"x": "\uffff" * 9_980}))
    ((event,), _) = outbox.close()
    run = Run(flow="f" * 40, sid="CA" + "1" * 32, step="s", number="n", time=datetime(2026, 1, 31, tzinfo=UTC))
    assert 59_000 < len(encode(flow_events.of_team(run, event, 0)).encode()) < LARGEST_EVENT


def test_a_flow_that_loops_fills_no_memory() -> None:
    """50 events; of log lines the first 500."""
    outbox = Outbox()
    for count in range(50):
        outbox.publish(Event(type="a.b", data={"count": count}))
    with pytest.raises(ValueError, match="50 events at most"):
        outbox.publish(Event(type="a.b"))
    for count in range(600):
        outbox.log(20, f"line {count}")
    events, lines = outbox.close()
    assert (len(events), len(lines)) == (50, 500)


def test_an_event_is_as_it_was_when_it_was_published() -> None:
    """A later change of its data, or a run that was given up on, changes nothing."""
    outbox, data = Outbox(), {"people": 4}
    outbox.publish(Event(type="reservation.made", data=data))
    data["people"] = 5
    ((event,), _) = outbox.close()
    outbox.publish(Event(type="late"))
    assert event.data == {"people": 4}
    assert len(outbox.close()[0]) == 1
