"""An event always fits a queue message: the largest parameters are cut first, then the end of the longest text."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from switchboard.delivery import delivery_events
from switchboard.events import (
    AnyEvent,
    Media,
    SmsReceived,
    SmsReceivedData,
    VoicemailTranscribed,
    VoicemailTranscribedData,
)
from switchboard.form import MOST_PARAMETERS, Form
from switchboard.publishing import LARGEST_EVENT, fit
from switchboard.queues import LARGEST_MESSAGE, QueueMessage
from switchboard.webhooks import IncomingMessage
from tests import published
from tests.memory import NOON

SOURCE = "/switchboard/AC1"


def received(**fields: Any) -> SmsReceived:  # noqa: ANN401  # any field of the data
    """The event of an incoming text."""
    data = SmsReceivedData(sid="SM1", sender="+15005550010", **fields)
    return SmsReceived(id="sms.received:SM1", source=SOURCE, time=NOON, subject="SM1", data=data)


def fitted(event: AnyEvent) -> dict[str, Any]:
    """An event as it is published: valid, and not too large."""
    body = fit(event)
    assert len(body.encode()) <= LARGEST_EVENT < LARGEST_MESSAGE
    return published.read(body)


def test_large_media_are_cut_before_the_fields_that_name_the_text() -> None:
    """SID, parties and words stay whole."""
    media = tuple(Media(f"https://example.com/{'m' * 9000}/{index}", "image/png") for index in range(10))
    event = fitted(received(body="hello", media=media))
    assert (event["sid"], event["from"], event["body"]) == ("SM1", "+15005550010", "hello")
    assert event["truncated"] == ["media"]


def test_no_more_parameters_are_cut_than_must_be() -> None:
    """A character that a queue's XML cannot hold is counted as it is written."""
    event = fitted(received(parameters={f"P{index}": "\uffff" * 30 for index in range(1000)}))
    assert len(json.dumps(event["parameters"])) > 40_000


def test_what_fits_is_not_cut() -> None:
    """Nothing is missing, and nothing says so."""
    event = received(body="x" * 1600, parameters={"Tomorrow": "y" * 60_000})
    assert fitted(event)["parameters"] == {"Tomorrow": "y" * 60_000}
    assert "truncated" not in fitted(event)


def test_a_text_of_emoji_with_ten_media_and_200_parameters_is_one_event() -> None:
    """Text and media are whole; each parameter is whole or named as cut."""
    unknown = {f"Unknown{number:03}": "z" * 1024 for number in range(200)}
    media = {f"MediaUrl{index}": f"https://api.twilio.com/{'m' * 150}/{index}" for index in range(10)}
    types = {f"MediaContentType{index}": "image/jpeg" for index in range(10)}
    form = {"MessageSid": "SM1", "Body": "😀" * 1600, "NumMedia": "10"} | media | types | unknown
    message = IncomingMessage.from_form(Form({name: [value] for name, value in form.items()}))
    event = fitted(msgspec.structs.replace(message.to_event(), source=SOURCE))
    assert event["body"] == "😀" * 1600
    assert len(event["media"]) == 10
    assert 45 < len(event["parameters"]) < 60
    assert {f"parameters.{name}" for name in unknown.keys() - event["parameters"].keys()} == set(event["truncated"])


def test_the_largest_parameter_is_cut_first() -> None:
    """Small ones, which say more for their size, stay."""
    parameters = {"Small": "s", "Large": "l" * 40_000, "Larger": "L" * 50_000, "FromCity": "LISBON"}
    event = fitted(received(body="Hello", parameters=parameters))
    assert event["parameters"].keys() == {"Small", "Large", "FromCity"}
    assert (event["truncated"], event["body"]) == (["parameters.Larger"], "Hello")


def test_texts_are_cut_when_parameters_are_not_enough() -> None:
    """From their end, the longest first; the body keeps what fits."""
    event = fitted(received(body="😀" * 40_000, parameters={"FromCity": "LISBON"}))
    assert event["truncated"] == ["parameters.FromCity", "body"]
    assert 15_000 < len(event["body"]) < 16_384
    assert set(event["body"]) == {"😀"}


def test_a_field_is_named_as_in_the_json() -> None:
    """`from`, not the name that Python allows."""
    event = fitted(msgspec.structs.replace(received(), data=SmsReceivedData(sid="SM1", sender="x" * 70_000)))
    assert event["truncated"] == ["from"]


def test_a_transcription_is_cut_at_its_end() -> None:
    """A voicemail is published all the same."""
    data = VoicemailTranscribedData(sid="RE1", state="completed", url="https://x/", transcription="word " * 20_000)
    event = fitted(VoicemailTranscribed(id="voicemail.transcribed:RE1", source=SOURCE, time=NOON, data=data))
    assert event["url"] == "https://x/"
    assert event["transcription"].startswith("word word")
    assert event["truncated"] == ["transcription"]


def test_a_reason_is_cut_at_its_end() -> None:
    """An event without parameters has texts all the same."""
    refused = delivery_events.message_refused(QueueMessage("sms-outbox", "m1", b""), "t1", "r" * 70_000, NOON)
    event = fitted(msgspec.structs.replace(refused, source=SOURCE))
    assert event["truncated"] == ["reason"]


def test_media_are_cut_when_nothing_else_is_left() -> None:
    """No URL of Twilio's is so long; the event is published all the same."""
    event = fitted(received(media=(Media("https://x/" + "u" * 70_000, "image/png"),)))
    assert event["truncated"][-1] == "media"


def test_names_that_would_not_fit_are_not_listed_all() -> None:
    """A thousand parameters whose names alone are too much."""
    parameters = {f"{number:04}{'n' * 200}": "v" for number in range(MOST_PARAMETERS)}
    event = fitted(received(body="Hello", parameters=parameters))
    assert event["truncated"][-1] == "parameters.*"
    assert event["body"] == "Hello"


names = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
values = st.builds(lambda text, times: text * times, names, st.sampled_from([1, 50, 3000]))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(body=values, transcription=values, parameters=st.dictionaries(names, values, max_size=12))
def test_any_form_is_one_event_that_fits(body: str, transcription: str, parameters: dict[str, str]) -> None:
    """Whatever the characters cost in JSON; what is not named as cut is whole."""
    event = fitted(received(body=body, opt_out=transcription, parameters=parameters))
    cut = event.get("truncated", [])
    if "body" not in cut:
        assert event.get("body", "") == body
    kept = event.get("parameters", {})
    assert all(kept.get(name) == value for name, value in parameters.items() if f"parameters.{name}" not in cut)


@pytest.mark.parametrize("large", ["&" * 60_000, "<" * 30_000, "\x00" * 9_000, '"' * 30_000])
def test_markup_counts_as_json_writes_it(large: str) -> None:
    """The limit is one of the message, not of the request around it."""
    assert json.loads(fit(received(body=large)))["data"]["body"] == large
