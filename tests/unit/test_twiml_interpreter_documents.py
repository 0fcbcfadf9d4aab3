"""Documents: parsing, warnings, indentation; keys; messaging."""

from __future__ import annotations

import inspect

import pytest
from twilio.twiml import voice_response

from local.twilio.records import Fetch
from local.twilio.segments import count_segments, encoding
from local.twilio.twiml.document import TwimlError, indent, parse, read
from local.twilio.twiml.grammar import MESSAGING, VOICE, check
from local.twilio.twiml.keys import collect
from local.twilio.twiml.messaging import reply
from local.twilio.twiml.verbs import Gather, Input, Text

HERE = "https://app.example.com/api/sms/incoming"
# The library's names for parameters whose own name is a keyword or which are the element's text or children.
NOT_ATTRIBUTES = {"kwargs", "message", "name", "number", "identity", "phone_number", "sip_url", "sim_sid", "body"}
TEXTS_OF = {"Play": "url", "Redirect": "url", "Application": "application_sid"}
WRITERS = (voice_response.VoiceResponse, voice_response.Gather, voice_response.Dial, voice_response.Enqueue)


def attributes_by_library() -> list[tuple[str, str]]:
    """Every element and attribute that Twilio's library can write into a voice document."""
    pairs = []
    for writer in WRITERS:
        for method, function in inspect.getmembers(writer, inspect.isfunction):
            element = "WhatsApp" if method == "whats_app" else method.title()
            names = inspect.signature(function).parameters if element in VOICE else {}
            text = TEXTS_OF.get(element)
            pairs += [(element, name) for name in names if name not in NOT_ATTRIBUTES | {"self", text}]
    return sorted(set(pairs))


@pytest.mark.parametrize(("element", "name"), attributes_by_library())
def test_the_grammar_knows_what_the_library_writes(element: str, name: str) -> None:
    """No attribute of Twilio's own library gets a warning."""
    first, *rest = name.rstrip("_").split("_")
    assert first + "".join(word.title() for word in rest) in VOICE[element].attributes


@pytest.mark.parametrize(
    ("content_type", "text", "code"),
    [
        ("text/plain", "<Response/>", 12300),
        ("application/json", "{}", 12300),
        ("", "<Response/>", 12300),
        ("text/xml", "", 12100),
        ("text/xml", "<Response><Say>a</Response>", 12100),
        ("text/xml", "<Twiml/>", 12100),
        ("text/xml", '<!DOCTYPE r [<!ENTITY a "b">]><Response>&a;</Response>', 12100),
    ],
)
def test_what_is_no_twiml_has_twilios_code(content_type: str, text: str, code: int) -> None:
    """12300 for its type, 12100 for its text."""
    with pytest.raises(TwimlError) as refused:
        read(content_type, text)
    assert refused.value.code == code


def test_an_audio_answer_is_played() -> None:
    """By its Content-Type."""
    assert [verb.name for verb in read("audio/mpeg", "…").children] == ["Play"]


@pytest.mark.parametrize(
    ("verbs", "warning"),
    [
        ("<Shout>a</Shout>", "<Shout> is not known in <Response>"),
        ('<Say volume="9">a</Say>', "<Say> has no attribute volume"),
        ("<Gather><Dial>1</Dial></Gather>", "<Dial> is not known in <Gather>"),
        ('<Dial><Number uri="x">1</Number></Dial>', "<Number> has no attribute uri"),
    ],
)
def test_unknown_names_get_a_warning(verbs: str, warning: str) -> None:
    """A verb, noun or attribute that Twilio does not know is reported as 12200."""
    warnings = check(parse(f"<Response>{verbs}</Response>"), VOICE)
    assert warnings == [f"12200 Schema validation warning: {warning}"]


def test_a_voice_verb_in_a_reply_to_a_text_gets_a_warning() -> None:
    """Messaging has verbs of its own."""
    warnings = check(parse("<Response><Say>a</Say></Response>"), MESSAGING)
    assert warnings == ["12200 Schema validation warning: <Say> is not known in <Response>"]


def test_an_indented_document_has_a_line_for_each_element() -> None:
    """Nested verbs are indented, and XML escapes stay."""
    text = '<Response><Gather action="a?b=1&amp;c=2"><Say>A &lt; B</Say></Gather><Hangup/></Response>'
    assert indent(text).splitlines() == [
        "<Response>",
        '  <Gather action="a?b=1&amp;c=2">',
        "    <Say>A &lt; B</Say>",
        "  </Gather>",
        "  <Hangup/>",
        "</Response>",
    ]


def test_malformed_twiml_is_not_changed() -> None:
    """The text is returned as it is."""
    assert indent("Service Unavailable") == "Service Unavailable"


@pytest.mark.parametrize(
    ("gather", "pressed", "given"),
    [
        (Gather(most_digits=1), "1", Input(digits="1")),
        (Gather(most_digits=1), "12", Input(digits="1")),
        (Gather(), "123#4", Input(digits="123", finished_on="#")),
        (Gather(), "123", Input(digits="123")),
        (Gather(), "#", Input(finished_on="#")),
        (Gather(finish_on_key=""), "1#2", Input(digits="1#2")),
        (Gather(finish_on_key="*#"), "7*", Input(digits="7", finished_on="*")),
    ],
)
def test_keys_end_with_the_finishing_key_or_the_last_digit(gather: Gather, pressed: str, given: Input) -> None:
    """Twilio's finishOnKey and numDigits."""
    assert collect(gather, pressed) == given


def test_a_message_may_be_text_body_or_media() -> None:
    """Each Message of a document is one text."""
    root = parse(
        '<Response><Message>One</Message><Message to="+15005550008" statusCallback="/cb"><Body>Two</Body>'
        "<Media>cat.png</Media></Message></Response>"
    )
    assert reply(root, HERE).texts == (
        Text("One"),
        Text(
            "Two",
            to="+15005550008",
            media=("https://app.example.com/api/sms/cat.png",),
            status_callback="https://app.example.com/cb",
        ),
    )


def test_a_redirect_ends_a_messaging_document() -> None:
    """Later messages are not sent."""
    root = parse("<Response><Redirect>other</Redirect><Message>never</Message></Response>")
    document = reply(root, HERE)
    assert (document.texts, document.redirect) == ((), Fetch(url="https://app.example.com/api/sms/other"))


@pytest.mark.parametrize(
    ("text", "segments"),
    [("", 1), ("a" * 160, 1), ("a" * 161, 2), ("€" * 80, 1), ("€" * 81, 2), ("ł" * 70, 1), ("ł" * 71, 2)],
)
def test_segments_are_counted_as_carriers_do(text: str, segments: int) -> None:
    """160 or 153 places in GSM-7, 70 or 67 in UCS-2; the euro sign takes two places."""
    assert count_segments(text) == segments


@pytest.mark.parametrize(("text", "name"), [("€ à", "GSM-7"), ("", "GSM-7"), ("ł", "UCS-2"), ("☕", "UCS-2")])
def test_the_encoding_follows_from_the_characters(text: str, name: str) -> None:
    """One character outside GSM-7 is enough."""
    assert encoding(text) == name
