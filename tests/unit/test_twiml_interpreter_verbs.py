"""The voice interpreter, a verb a row: the steps of a document, and what comes next."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from local.twilio.records import Fetch
from local.twilio.twiml.document import parse
from local.twilio.twiml.interpreter import perform
from local.twilio.twiml.sentences import describe
from local.twilio.twiml.steps import (
    Dialed,
    Ended,
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
    Step,
)

HERE = "https://app.example.com/api/voice/incoming?tries=1"
END = Ended("the document ends", hangs_up=False)


def played(verbs: str, outcomes: Sequence[Outcome] = ()) -> tuple[list[Step], Next]:
    """Perform a document, its steps coming to these outcomes: the steps, and what comes next."""
    performance = perform(parse(f"<Response>{verbs}</Response>"), HERE)
    remaining, steps = list(outcomes), []
    outcome: Outcome = None
    while True:
        try:
            steps.append(performance.send(outcome))
        except StopIteration as end:
            following: Next = end.value
            return steps, following
        outcome = remaining.pop(0) if remaining else None


def next_fetch(verbs: str, outcome: Outcome) -> Fetch:
    """What a document of one verb asks for after that outcome."""
    _, following = played(verbs, [outcome])
    assert isinstance(following, Fetch)
    return following


@pytest.mark.parametrize(
    ("verbs", "sentence"),
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
        ("<Leave/>", "lets the caller leave the queue"),
        ("<Echo/>", "<Echo> is not acted out here"),
    ],
)
def test_a_verb_is_one_step_in_plain_words(verbs: str, sentence: str) -> None:
    """Each verb, with its attributes or Twilio's defaults, becomes a step that says what it does."""
    steps, _ = played(verbs)
    assert [describe(step) for step in steps] == [sentence]


@pytest.mark.parametrize("verb", ["<Say>a</Say>", "<Play>a</Play>", "<Pause/>", "<Sms>a</Sms>", "<Echo/>", "<Dial/>"])
def test_a_verb_without_an_action_lets_the_document_go_on(verb: str) -> None:
    """What ends nothing is followed by the next verb, and the end of the document ends the call."""
    steps, following = played(f"{verb}<Say>after</Say>")
    assert (steps[-1], following) == (Say("after"), END)


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
    steps, came = played(f"{verb}<Say>never</Say>")
    assert (len(steps), came) == (1, following)


def test_gather_hands_its_prompts_over_with_the_question() -> None:
    """Nested verbs belong to the Gather, so that keys may come while they are played."""
    steps, _ = played('<Gather><Say language="pt-PT">Olá</Say><Pause length="2"/><Play>a.mp3</Play></Gather>')
    (question,) = steps
    assert isinstance(question, Gather)
    assert question.prompts == (
        Say("Olá", language="pt-PT"),
        Pause(2),
        Play("https://app.example.com/api/voice/a.mp3"),
    )


def test_gather_posts_the_digits_to_its_action() -> None:
    """A key pressed goes to the action, resolved against the document's own URL."""
    fetch = next_fetch('<Gather action="menu?tries=2"/>', Input(digits="1", finished_on="#"))
    assert (fetch.url, fetch.method) == ("https://app.example.com/api/voice/menu?tries=2", "POST")
    assert (fetch.parameters["Digits"], fetch.parameters["FinishedOnKey"]) == ("1", "#")


def test_gather_without_an_action_asks_the_same_url_again() -> None:
    """Its own document's URL, query and all, is where the digits go."""
    assert next_fetch("<Gather/>", Input(digits="5")).url == HERE


def test_gather_tells_what_was_said_with_how_sure_it_is() -> None:
    """Speech comes as SpeechResult and Confidence, without Digits."""
    fetch = next_fetch('<Gather input="speech" language="pt-PT"/>', Input(speech="operador"))
    assert fetch.parameters["SpeechResult"] == "operador"
    assert (fetch.parameters["Confidence"], fetch.parameters["Language"]) == ("0.9", "pt-PT")
    assert "Digits" not in fetch.parameters


def test_gather_without_input_lets_the_document_go_on() -> None:
    """Execution falls through to the next verb."""
    steps, following = played("<Gather/><Say>Nothing came</Say>", [Input()])
    assert (steps[-1], following) == (Say("Nothing came"), END)


def test_gather_that_wants_empty_results_is_told_of_them() -> None:
    """`actionOnEmptyResult` asks the action although nothing was pressed."""
    assert next_fetch('<Gather action="menu" actionOnEmptyResult="true"/>', Input()).parameters["Digits"] == ""


def test_record_tells_its_action_where_the_recording_is() -> None:
    """URL, SID, seconds and the key that ended it."""
    recorded = Recorded("RE1", "http://standin/RE1", 4, "#")
    assert next_fetch('<Record action="recorded"/>', recorded).parameters == {
        "RecordingUrl": "http://standin/RE1",
        "RecordingSid": "RE1",
        "RecordingDuration": "4",
        "Digits": "#",
    }


def test_record_without_a_sound_lets_the_document_go_on() -> None:
    """Silence is no recording: the action is not asked."""
    steps, following = played('<Record action="recorded"/><Say>Nothing</Say>', [None])
    assert (steps[-1], following) == (Say("Nothing"), END)


def test_dial_tells_its_action_how_it_went() -> None:
    """DialCallStatus with the other leg's SID and length."""
    outcome = Dialed("completed", "CA2", 12, bridged=True)
    assert next_fetch('<Dial action="dialed">+15005550009</Dial>', outcome).parameters == {
        "DialCallStatus": "completed",
        "DialBridged": "true",
        "DialCallSid": "CA2",
        "DialCallDuration": "12",
    }


def test_enqueue_tells_its_action_how_the_wait_ended() -> None:
    """QueueResult and the seconds waited."""
    fetch = next_fetch('<Enqueue action="dialed" waitUrl="hold">support</Enqueue>', Queued("leave", "QU1", 61))
    assert fetch.parameters == {"QueueResult": "leave", "QueueSid": "QU1", "QueueTime": "61"}


def test_enqueue_knows_what_the_caller_hears_meanwhile() -> None:
    """`waitUrl` is resolved, and asked for by its own method."""
    steps, _ = played('<Enqueue waitUrl="hold" waitUrlMethod="GET">support</Enqueue>')
    assert steps[0].wait == Fetch(url="https://app.example.com/api/voice/hold", method="GET")  # type: ignore[union-attr]


def test_sms_tells_its_action_what_became_of_the_text() -> None:
    """SmsSid and SmsStatus."""
    fetch = next_fetch('<Sms action="texted">Hi</Sms>', Sent("SM1", "queued"))
    assert fetch.parameters == {"SmsSid": "SM1", "SmsStatus": "queued"}


def test_a_number_with_a_url_has_a_whisper() -> None:
    """The document for the callee's leg stands by its number."""
    steps, _ = played('<Dial><Number url="whisper" method="GET">+15005550009</Number></Dial>')
    (target,) = steps[0].targets  # type: ignore[union-attr]
    assert target.whisper == Fetch(url="https://app.example.com/api/voice/whisper", method="GET")
