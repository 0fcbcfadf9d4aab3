"""The voice interpreter, one attribute a row: its value in the verb, and Twilio's default without it."""

from __future__ import annotations

import pytest

from local.twilio.records import Fetch
from local.twilio.twiml.document import parse
from local.twilio.twiml.interpreter import perform
from local.twilio.twiml.keys import is_complete
from local.twilio.twiml.sentences import as_heard
from local.twilio.twiml.verbs import Gather, Pause, Play, Prompt, Say

HERE = "https://app.example.com/api/voice/incoming"
APP = "https://app.example.com/api/voice/"


def first(verbs: str) -> object:
    """The first verb of a document."""
    return next(perform(parse(f"<Response>{verbs}</Response>"), HERE))


@pytest.mark.parametrize(
    ("verb", "name", "value"),
    [
        ("<Say>Hi</Say>", "times", 1),
        ('<Say loop="3">Hi</Say>', "times", 3),
        ('<Say language="pt-PT">Olá</Say>', "language", "pt-PT"),
        ('<Say voice="Polly.Ines">Olá</Say>', "voice", "Polly.Ines"),
        ('<Play loop="0">a.mp3</Play>', "times", 0),
        ('<Play digits="1w2"/>', "digits", "1w2"),
        ('<Pause length="3"/>', "seconds", 3),
        ("<Gather/>", "accepts", frozenset({"dtmf"})),
        ('<Gather input="speech dtmf"/>', "accepts", frozenset({"dtmf", "speech"})),
        ("<Gather/>", "finish_on_key", "#"),
        ('<Gather finishOnKey="*"/>', "finish_on_key", "*"),
        ('<Gather numDigits="4"/>', "most_digits", 4),
        ('<Gather timeout="9"/>', "seconds", 9),
        ("<Gather/>", "barge_in", True),
        ('<Gather bargeIn="false"/>', "barge_in", False),
        ('<Gather bargeIn="perhaps"/>', "barge_in", True),
        ("<Record/>", "finish_on_key", "1234567890*#"),
        ("<Record/>", "transcription", ""),
        ('<Record transcribe="true" transcribeCallback="text"/>', "transcription", APP + "text"),
        ('<Record timeout="2"/>', "silence_seconds", 2),
        ("<Record/>", "most_seconds", 3600),
        ('<Record maxLength="20"/>', "most_seconds", 20),
        ('<Record recordingStatusCallbackEvent="absent"/>', "callback_events", frozenset({"absent"})),
        ("<Dial>1</Dial>", "seconds", 30),
        ("<Dial>1</Dial>", "most_seconds", 14_400),
        ('<Dial timeLimit="60">1</Dial>', "most_seconds", 60),
        ('<Dial hangupOnStar="true">1</Dial>', "star_ends", True),
        ('<Dial callerId="+1 500 555 0007">1</Dial>', "caller_id", "+15005550007"),
        ('<Dial record="record-from-answer-dual">1</Dial>', "record", "record-from-answer-dual"),
        ('<Dial record="do-not-record">1</Dial>', "record", ""),
        ('<Dial sequential="true">1</Dial>', "sequential", True),
        ("<Enqueue>q</Enqueue>", "wait", None),
        ("<Enqueue>q</Enqueue>", "most", 100),
        ('<Enqueue maxQueueSize="2">q</Enqueue>', "most", 2),
        ('<Sms from="+15005550001">Hi</Sms>', "sender", "+15005550001"),
        ('<Sms statusCallback="cb">Hi</Sms>', "status_callback", APP + "cb"),
        ('<Reject reason="busy"/>', "reason", "busy"),
    ],
)
def test_an_attribute_is_in_its_verb(verb: str, name: str, value: object) -> None:
    """The given value, or Twilio's default."""
    assert getattr(first(verb), name) == value


@pytest.mark.parametrize(
    ("noun", "name", "value"),
    [
        ("<Conference>Room</Conference>", "starts", True),
        ('<Conference startConferenceOnEnter="false">Room</Conference>', "starts", False),
        ("<Conference>Room</Conference>", "ends", False),
        ('<Conference endConferenceOnExit="true">Room</Conference>', "ends", True),
        ("<Conference>Room</Conference>", "wait", None),
        ('<Conference waitUrl="m" waitMethod="GET">Room</Conference>', "wait", Fetch(url=APP + "m", method="GET")),
        ("<Queue>q</Queue>", "whisper", None),
        ('<Queue url="soon">q</Queue>', "whisper", Fetch(url=APP + "soon")),
        ('<Client url="w">alice</Client>', "whisper", Fetch(url=APP + "w")),
        ("<Client>alice</Client>", "address", "client:alice"),
        ("<Number>+1 500 555 0008</Number>", "address", "+15005550008"),
        (
            '<Number statusCallbackEvent="ringing answered">1</Number>',
            "status_callback_events",
            {"ringing", "answered"},
        ),
        ("<Sip>sip:a@example.com</Sip>", "address", "sip:a@example.com"),
    ],
)
def test_an_attribute_of_a_noun_is_in_its_target(noun: str, name: str, value: object) -> None:
    """With Twilio's defaults."""
    (target,) = first(f"<Dial>{noun}</Dial>").targets  # type: ignore[attr-defined]
    assert getattr(target, name) == value


@pytest.mark.parametrize(
    ("gather", "pressed", "complete"),
    [
        (Gather(), "", False),
        (Gather(), "12", False),
        (Gather(), "12#", True),
        (Gather(finish_on_key=""), "12#", False),
        (Gather(most_digits=2), "1", False),
        (Gather(most_digits=2), "12", True),
        (Gather(most_digits=2), "#", True),
    ],
)
def test_input_by_keys_is_complete(gather: Gather, pressed: str, complete: bool) -> None:
    """With the finishing key, or the last digit of `numDigits`."""
    assert is_complete(gather, pressed) is complete


@pytest.mark.parametrize(
    ("prompt", "heard"),
    [
        (Say("Olá", language="pt-PT"), ("say", "Olá", "pt-PT")),
        (Play("http://e.com/a.mp3"), ("play", "http://e.com/a.mp3", "")),
        (Play("", digits="12"), ("play", "the tones of 12", "")),
        (Pause(2), ("pause", "2 s of silence", "")),
    ],
)
def test_a_prompt_is_shown_as_heard(prompt: Prompt, heard: tuple[str, str, str]) -> None:
    """As words, a sound or silence, with the language to speak it in."""
    assert as_heard(prompt) == heard
