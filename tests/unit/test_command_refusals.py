"""Invalid commands: one sentence names the field, and no log contains the value."""

import msgspec
import pytest

from switchboard import commands
from switchboard.commands import Command, PlaceCall, SendSms
from switchboard.errors import CommandRefused
from tests.command_json import LONGEST_URL, SERVICE, TEMPLATE, TO, call, text, with_twiml, with_url


def refused(kind: type[Command], value: object) -> CommandRefused:
    """The refusal of a command."""
    with pytest.raises(CommandRefused) as raised:
        commands.parse(kind, value)
    return raised.value


REFUSED_TEXTS: list[tuple[object, str]] = [
    (text(to="0912"), 'to: not E.164: "0912"'),
    (text(to="+123456"), 'to: not E.164: "+123456"'),
    (text(to="+1234567890123456"), 'to: not E.164: "+1234567890123456"'),
    (text(to="+0500555001"), 'to: not E.164: "+0500555001"'),
    (text(to="+1500555٠٠١٠"), 'to: not E.164: "+1500555٠٠١٠"'),
    (text(to=TO + "\n"), f'to: not E.164: "{TO}\n"'),
    (text(to=""), 'to: not E.164: ""'),
    (text(to="whatsapp:0912"), 'to: not a WhatsApp, RCS or Messenger address, as whatsapp:+<number>: "whatsapp:0912"'),
    (text(to="sms:1"), 'to: not a WhatsApp, RCS or Messenger address, as whatsapp:+<number>: "sms:1"'),
    (text(to=15005550010), "to: expected str, got int"),
    ({"body": "x"}, "to: required"),
    (text(id="a" * 101), f'id: not 1 to 100 of A-Z a-z 0-9 . _ : -: "{"a" * 77}..."'),
    (text(id="a b"), 'id: not 1 to 100 of A-Z a-z 0-9 . _ : -: "a b"'),
    (text(id="a/b"), 'id: not 1 to 100 of A-Z a-z 0-9 . _ : -: "a/b"'),
    ({"to": TO}, "body: required, unless media_urls or content_sid is given"),
    (text(body=""), "body: required, unless media_urls or content_sid is given"),
    (text(body="x" * 1601), "body: 1,601 characters, 1,600 at most"),
    (text(body=None), "body: required, unless media_urls or content_sid is given"),
    (text(to=None), "to: required"),
    (text(media_urls=["https://example.com/"] * 11), "media_urls: 11 of them, 10 at most"),
    (
        text(media_urls=["http://example.com/a.png"]),
        'media_urls: not an https URL of at most 2,000 characters: "http://example.com/a.png"',
    ),
    (text(media_urls="https://example.com/"), "media_urls: expected array, got str"),
    (text(media_urls=[1]), "media_urls: expected str, got int"),
    (text(content_sid="HX1"), 'content_sid: not HX and 32 hex digits: "HX1"'),
    (text(content_variables={"1": "Ana"}), "content_variables: only with content_sid"),
    (text(content_sid=TEMPLATE, content_variables={"1": True}), "content_variables: expected str, got bool"),
    (text(content_sid=TEMPLATE, content_variables={"1": None}), "content_variables: expected str, got null"),
    (text(content_sid=TEMPLATE, content_variables="{"), "content_variables: not an object, nor JSON text of one"),
    (text(content_sid=TEMPLATE, content_variables="[1]"), "content_variables: not an object, nor JSON text of one"),
    (text(content_sid=TEMPLATE, content_variables=7), "content_variables: not an object, nor JSON text of one"),
    (text(content_variables='{"1": "Ana"}'), "content_variables: only with content_sid"),
    (
        text(**{"from": "no sender at all"}),
        'from: not E.164, a channel address, a short code or a sender name: "no sender at all"',
    ),
    (
        text(**{"from": "whatsapp:+15005550001"}),
        'from: not of the recipient\'s channel: "whatsapp:+15005550001"',
    ),
    (text(to="whatsapp:" + TO, **{"from": "Acme"}), 'from: not of the recipient\'s channel: "Acme"'),
    (
        text(messaging_service_sid=SERVICE, **{"from": "Acme"}),
        "from: give it or messaging_service_sid, not both",
    ),
    (text(messaging_service_sid="MG1"), 'messaging_service_sid: not MG and 32 hex digits: "MG1"'),
    (text(send_at="tomorrow"), "send_at: invalid RFC3339 encoded datetime"),
    (text(send_at="2026-01-31T10:00:00"), "send_at: expected datetime with a timezone component"),
    (text(validity_period=0), 'validity_period: not 1 to 36,000 seconds: "0"'),
    (text(validity_period=36_001), 'validity_period: not 1 to 36,000 seconds: "36001"'),
    (text(validity_period=True), "validity_period: expected int | null, got bool"),
    (text(bdoy="x"), "bdoy: unknown field, meant body?"),
    (text(sender="+15005550001"), "sender: unknown field, meant send_at?"),
    (text(**{TO: "x"}), f'unknown field: "{TO}"'),
    ([], "the message: expected object, got array"),
    ("x", "the message: expected object, got str"),
    (None, "the message: expected object, got null"),
]


@pytest.mark.parametrize(("value", "reason"), REFUSED_TEXTS)
def test_an_invalid_text_is_refused_with_its_field(value: object, reason: str) -> None:
    """The reason has field, rule and value."""
    assert refused(SendSms, value).reason == reason


NOT_HTTPS = "url: not an https URL of at most 2,000 characters"
REFUSED_CALLS: list[tuple[dict[str, object], str]] = [
    (call(to="whatsapp:" + TO), f'to: not E.164: "whatsapp:{TO}"'),
    (call(to="0912"), 'to: not E.164: "0912"'),
    (call(to="client:"), 'to: not client:<identity>: "client:"'),
    (call(to="client:a b"), 'to: not client:<identity>: "client:a b"'),
    (call(to="client:alice\n"), 'to: not client:<identity>: "client:alice\n"'),
    (call(to="sip:pbx.example.com"), 'to: not sip:<user>@<host>: "sip:pbx.example.com"'),
    (call(to="sip:a@b@c"), 'to: not sip:<user>@<host>: "sip:a@b@c"'),
    (call(to="sip:bob@"), 'to: not sip:<user>@<host>: "sip:bob@"'),
    (call(to="tel:" + TO), f'to: not E.164: "tel:{TO}"'),
    ({"say": "x"}, "to: required"),
    (call(**{"from": "Acme"}), 'from: not E.164: "Acme"'),
    ({"to": TO}, "say, url, twiml: exactly one of them"),
    (call(say=""), "say, url, twiml: exactly one of them"),
    (call(url="https://example.com/"), "say, url, twiml: exactly one of them"),
    (call(twiml="<Response/>"), "say, url, twiml: exactly one of them"),
    (with_url("https://example.com/") | {"language": "pt"}, "language, voice: only with say"),
    (call(language="portuguese!"), 'language: not a BCP 47 tag, as pt-PT: "portuguese!"'),
    (call(voice="Ines, please"), 'voice: not a voice\'s name, as Polly.Ines: "Ines, please"'),
    (with_url("http://example.com/"), f'{NOT_HTTPS}: "http://example.com/"'),
    (with_url("https://"), f'{NOT_HTTPS}: "https://"'),
    (with_url("https://example.com:99999/"), f'{NOT_HTTPS}: "https://example.com:99999/"'),
    (with_url("https://[::1"), f'{NOT_HTTPS}: "https://[::1"'),
    (with_url("https://example.com/a b"), f'{NOT_HTTPS}: "https://example.com/a b"'),
    (with_url(LONGEST_URL + "a"), f'{NOT_HTTPS}: "{LONGEST_URL[:77]}..."'),
    (with_twiml("<Response>"), "twiml: not well-formed: line 1, column 11"),
    (with_twiml("Hello"), "twiml: not well-formed: line 1, column 1"),
    (with_twiml(" "), "twiml: not well-formed: line 1, column 2"),
    (with_twiml("<Response><Say>\x00</Say></Response>"), "twiml: not well-formed: line 1, column 16"),
    (with_twiml("<Say>Hello</Say>"), 'twiml: its root is not Response: "Say"'),
    (with_twiml("<!DOCTYPE Response><Response/>"), "twiml: a document type is not allowed"),
    (
        with_twiml("<Response><!--" + "x" * 3973 + "--></Response>"),
        "twiml: 4,001 characters of TwiML, 4,000 at most",
    ),
    (call(timeout=4), 'timeout: not 5 to 600 seconds: "4"'),
    (call(timeout=601), 'timeout: not 5 to 600 seconds: "601"'),
    (call(record="yes"), "record: expected bool, got str"),
    (call(machine_detection="Disable"), 'machine_detection: invalid enum value: "Disable"'),
    (call(send_digits="1" * 33), f'send_digits: not up to 32 of 0-9 # * w W: "{"1" * 33}"'),
    (call(validity_period=0), 'validity_period: not 1 to 36,000 seconds: "0"'),
    (call(send_digits="12a"), 'send_digits: not up to 32 of 0-9 # * w W: "12a"'),
    (call(body="x"), "body: unknown field"),
]


@pytest.mark.parametrize(("value", "reason"), REFUSED_CALLS)
def test_an_invalid_call_is_refused_with_its_field(value: dict[str, object], reason: str) -> None:
    """The reason has field, rule and value."""
    assert refused(PlaceCall, value).reason == reason


SECRET = "+15005550777"


@pytest.mark.parametrize("quoting", [f"x{SECRET}", f"'{SECRET}'", f'"{SECRET}"', f"{SECRET}' - at `$", f"`{SECRET}`"])
@pytest.mark.parametrize("kind", [SendSms, PlaceCall])
def test_the_text_form_of_a_refusal_has_no_value(kind: type[Command], quoting: str) -> None:
    """`str()` has field and rule only, for every field and every way of quoting."""
    fields = [field.encode_name for field in msgspec.structs.fields(kind)]
    good = text() if kind is SendSms else call()
    for name in (*fields, quoting):
        for value in (quoting, [quoting], {quoting: quoting}):
            try:
                commands.parse(kind, good | {name: value})
            except CommandRefused as refusal:
                assert SECRET not in str(refusal), name
