"""The voice interpreter, one verb a row: the verbs of a document, and what follows it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from local.twilio.records import Fetch
from local.twilio.twiml.document import parse
from local.twilio.twiml.interpreter import perform
from local.twilio.twiml.sentences import describe
from local.twilio.twiml.verbs import (
    Dial,
    Dialed,
    Ended,
    Enqueue,
    Gather,
    Input,
    Left,
    Next,
    Outcome,
    Pause,
    Play,
    Queued,
    Recorded,
    Say,
    Sent,
    Verb,
)

HERE = "https://app.example.com/api/voice/incoming?tries=1"
END = Ended("the document ends", hangs_up=False)


def interpret(verbs: str, outcomes: Sequence[Outcome] = ()) -> tuple[list[Verb], Next]:
    """Interpret a document with these outcomes: its verbs, and what follows."""
    performance = perform(parse(f"<Response>{verbs}</Response>"), HERE)
    remaining, performed = list(outcomes), []
    outcome: Outcome = None
    while True:
        try:
            performed.append(performance.send(outcome))
        except StopIteration as end:
            following: Next = end.value
            return performed, following
        outcome = remaining.pop(0) if remaining else None


def next_fetch(verbs: str, outcome: Outcome) -> Fetch:
    """The request that follows a document of one verb with that outcome."""
    _, following = interpret(verbs, [outcome])
    assert isinstance(following, Fetch)
    return following


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ("<Say>Hello\n  there</Say>", "says: Hello there"),
        ('<Say loop="2">Hi</Say>', "says 2 times: Hi"),
        ('<Say loop="0">Hi</Say>', "says again and again: Hi"),
        ("<Say>One <break/>two</Say>", "says: One two"),
        ("<Play>music.mp3</Play>", "plays: https://app.example.com/api/voice/music.mp3"),
        ('<Play digits="12"/>', "plays the tones of 12"),
        ("<Pause/>", "is silent for 1 s"),
        ('<Pause length="7"/>', "is silent for 7 s"),
        ('<Pause length="long"/>', "is silent for 1 s"),
        ("<Gather/>", "waits 5 s for digits, ended by #"),
        ('<Gather numDigits="1"/>', "waits 5 s for 1 digit"),
        ('<Gather numDigits="4" finishOnKey=""/>', "waits 5 s for 4 digits"),
        ('<Gather input="dtmf speech" numDigits="1" timeout="3"/>', "waits 3 s for 1 digit or speech"),
        ('<Record maxLength="30"/>', "beeps and records for up to 30 s"),
        ('<Record playBeep="false"/>', "records for up to 3600 s"),
        ("<Dial>+1 (500) 555-0009</Dial>", "dials +15005550009 for up to 30 s"),
        ('<Dial timeout="20"><Client>alice</Client></Dial>', "dials client:alice for up to 20 s"),
        (
            "<Dial><Number>+15005550008</Number><Client><Identity>bob</Identity></Client></Dial>",
            "dials +15005550008 and client:bob for up to 30 s",
        ),
        (
            '<Dial sequential="true"><Number>+15005550008</Number><Number>+15005550009</Number></Dial>',
            "dials +15005550008, then +15005550009 for up to 30 s",
        ),
        ("<Dial><WhatsApp>+15005550008</WhatsApp></Dial>", "dials whatsapp:+15005550008 for up to 30 s"),
        ("<Dial><Queue>support</Queue></Dial>", "dials the queue support for up to 30 s"),
        ("<Dial><Conference>Room 7</Conference></Dial>", "dials the conference Room 7 for up to 30 s"),
        ("<Enqueue>support</Enqueue>", "puts the caller in the queue support"),
        ('<Sms to="+15005550008">Hi</Sms>', "texts to +15005550008: Hi"),
        ("<Redirect>/other</Redirect>", "goes on at https://app.example.com/other"),
        ("<Reject/>", "rejects the call (rejected)"),
        ("<Hangup/>", "hangs up"),
        ("<Leave/>", "takes the caller out of the queue"),
        ("<Echo/>", "<Echo> is not simulated here"),
    ],
)
def test_a_verb_is_described_in_plain_words(document: str, sentence: str) -> None:
    """With its attributes, or with Twilio's defaults."""
    verbs, _ = interpret(document)
    assert [describe(verb) for verb in verbs] == [sentence]


@pytest.mark.parametrize("verb", ["<Say>a</Say>", "<Play>a</Play>", "<Pause/>", "<Sms>a</Sms>", "<Echo/>", "<Dial/>"])
def test_a_document_continues_after_a_verb_without_an_action(verb: str) -> None:
    """The next verb follows, and the end of the document ends the call."""
    verbs, following = interpret(f"{verb}<Say>after</Say>")
    assert (verbs[-1], following) == (Say("after"), END)


@pytest.mark.parametrize(
    ("verb", "following"),
    [
        ("<Hangup/>", Ended("the app hangs up")),
        ("<Reject/>", Ended("the call is rejected", "no-answer")),
        ('<Reject reason="busy"/>', Ended("the call is rejected", "busy")),
        ("<Leave/>", Left()),
        ("<Redirect>next?a=1</Redirect>", Fetch(url="https://app.example.com/api/voice/next?a=1")),
        ('<Redirect method="GET">next</Redirect>', Fetch(url="https://app.example.com/api/voice/next", method="GET")),
        ("<Redirect/>", Fetch(url=HERE)),
    ],
)
def test_a_verb_that_ends_the_document_is_the_last_one(verb: str, following: Next) -> None:
    """Nothing after it is performed."""
    verbs, came = interpret(f"{verb}<Say>never</Say>")
    assert (len(verbs), came) == (1, following)


def test_gather_contains_its_prompts() -> None:
    """Nested verbs belong to the Gather, so that input during them counts."""
    verbs, _ = interpret('<Gather><Say language="pt-PT">Olá</Say><Pause length="2"/><Play>a.mp3</Play></Gather>')
    (gather,) = verbs
    assert isinstance(gather, Gather)
    assert gather.prompts == (
        Say("Olá", language="pt-PT"),
        Pause(2),
        Play("https://app.example.com/api/voice/a.mp3"),
    )


def test_gather_posts_the_digits_to_its_action() -> None:
    """A key pressed goes to the action, resolved against the document's own URL."""
    fetch = next_fetch('<Gather action="menu?tries=2"/>', Input(digits="1", finished_on="#"))
    assert (fetch.url, fetch.method) == ("https://app.example.com/api/voice/menu?tries=2", "POST")
    assert (fetch.parameters["Digits"], fetch.parameters["FinishedOnKey"]) == ("1", "#")


def test_gather_without_an_action_requests_the_same_url_again() -> None:
    """The digits go to the document's own URL, with its query."""
    assert next_fetch("<Gather/>", Input(digits="5")).url == HERE


def test_gather_posts_speech_with_its_confidence() -> None:
    """Speech comes as SpeechResult and Confidence, without Digits."""
    fetch = next_fetch('<Gather input="speech" language="pt-PT"/>', Input(speech="operador"))
    assert fetch.parameters["SpeechResult"] == "operador"
    assert (fetch.parameters["Confidence"], fetch.parameters["Language"]) == ("0.9", "pt-PT")
    assert "Digits" not in fetch.parameters


def test_a_document_continues_after_gather_without_input() -> None:
    """Execution falls through to the next verb."""
    verbs, following = interpret("<Gather/><Say>Nothing came</Say>", [Input()])
    assert (verbs[-1], following) == (Say("Nothing came"), END)


def test_gather_posts_empty_results_where_it_wants_them() -> None:
    """`actionOnEmptyResult` requests the action without any input."""
    assert next_fetch('<Gather action="menu" actionOnEmptyResult="true"/>', Input()).parameters["Digits"] == ""


def test_record_posts_the_recording_to_its_action() -> None:
    """URL, SID, seconds and the key that ended it."""
    recorded = Recorded("RE1", "http://standin/RE1", 4, "#")
    assert next_fetch('<Record action="recorded"/>', recorded).parameters == {
        "RecordingUrl": "http://standin/RE1",
        "RecordingSid": "RE1",
        "RecordingDuration": "4",
        "Digits": "#",
    }


def test_a_document_continues_after_record_without_a_sound() -> None:
    """Silence is no recording: the action is not requested."""
    verbs, following = interpret('<Record action="recorded"/><Say>Nothing</Say>', [None])
    assert (verbs[-1], following) == (Say("Nothing"), END)


def test_dial_posts_its_result_to_its_action() -> None:
    """DialCallStatus with the other leg's SID and duration."""
    outcome = Dialed("completed", "CA2", 12, bridged=True)
    assert next_fetch('<Dial action="dialed">+15005550009</Dial>', outcome).parameters == {
        "DialCallStatus": "completed",
        "DialBridged": "true",
        "DialCallSid": "CA2",
        "DialCallDuration": "12",
    }


def test_enqueue_posts_its_result_to_its_action() -> None:
    """QueueResult and the seconds waited."""
    fetch = next_fetch('<Enqueue action="dialed" waitUrl="hold">support</Enqueue>', Queued("leave", "QU1", 61))
    assert fetch.parameters == {"QueueResult": "leave", "QueueSid": "QU1", "QueueTime": "61"}


def test_enqueue_has_its_wait_document() -> None:
    """`waitUrl` is resolved, and has a method of its own."""
    verbs, _ = interpret('<Enqueue waitUrl="hold" waitUrlMethod="GET">support</Enqueue>')
    (enqueue,) = verbs
    assert isinstance(enqueue, Enqueue)
    assert enqueue.wait == Fetch(url="https://app.example.com/api/voice/hold", method="GET")


def test_sms_posts_the_text_to_its_action() -> None:
    """SmsSid and SmsStatus."""
    fetch = next_fetch('<Sms action="texted">Hi</Sms>', Sent("SM1", "queued"))
    assert fetch.parameters == {"SmsSid": "SM1", "SmsStatus": "queued"}


def test_a_number_with_a_url_has_a_whisper() -> None:
    """The document for the callee's leg."""
    verbs, _ = interpret('<Dial><Number url="whisper" method="GET">+15005550009</Number></Dial>')
    (dial,) = verbs
    assert isinstance(dial, Dial)
    (target,) = dial.targets
    assert target.whisper == Fetch(url="https://app.example.com/api/voice/whisper", method="GET")
