"""Commands: valid forms and limits, encodings, and the checks that depend on time and settings."""

from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import msgspec
import pytest

from switchboard import commands
from switchboard.commands import Command, PlaceCall, SendSms
from switchboard.errors import CommandRefused
from switchboard.settings import Settings
from tests.command_json import LONGEST_URL, SERVICE, TEMPLATE, TO, call, text, with_twiml, with_url

NOW = datetime(2026, 1, 31, 9, tzinfo=UTC)
SETTINGS = Settings(account_sid="AC" + "0" * 32, public_origin="https://voice.example.com", sender="+15005550001")


GOOD_TEXTS: list[dict[str, object]] = [
    text(),
    text(to="+1234567"),
    text(to="+123456789012345"),
    text(to="whatsapp:" + TO),
    text(id="t1"),
    text(id="a" * 100),
    text(id="A-Z.a_z:0-9"),
    text(body="x"),
    text(body="x" * 1600),
    text(body="😀" * 1600),
    {"to": TO, "media_urls": ["https://example.com/a.png"]},
    text(media_urls=["https://example.com/a.png"] * 10),
    text(media_urls=[LONGEST_URL]),
    {"to": TO, "content_sid": TEMPLATE},
    {"to": TO, "content_sid": TEMPLATE, "content_variables": {"1": "Ana"}},
    text(**{"from": "+15005550001"}),
    text(**{"from": "12345"}),
    text(**{"from": "Acme & Co"}),
    text(**{"from": "whatsapp:+15005550001", "to": "whatsapp:" + TO}),
    text(messaging_service_sid=SERVICE),
    text(send_at="2026-01-31T10:00:00Z"),
    text(send_at="2026-01-31T10:00:00.5+01:00"),
    text(validity_period=1),
    text(validity_period=36_000),
]


@pytest.mark.parametrize("value", GOOD_TEXTS)
def test_a_valid_text_is_read(value: dict[str, object]) -> None:
    """At both ends of each limit; encoded, it is the same JSON."""
    command = commands.parse(SendSms, value)
    assert commands.parse(SendSms, msgspec.to_builtins(command)) == command


GOOD_CALLS: list[dict[str, object]] = [
    call(),
    call(id="c1", language="pt-PT", voice="Polly.Ines"),
    call(**{"from": "+15005550001"}),
    call(timeout=5),
    call(timeout=600),
    call(record=True),
    call(machine_detection="Enable"),
    call(machine_detection="DetectMessageEnd"),
    call(send_digits="ww1234#*W"),
    call(send_digits="1" * 32),
    call(to="client:alice"),
    call(to="client:alice.smith@contoso_1?team=sales&priority=1"),
    call(to="sip:bob@pbx.example.com"),
    call(to="sip:+15005550006@contoso.sip.twilio.com:5061;transport=tls?x-order=42"),
    call(to="sips:bob@[2001:db8::1]"),
    with_url("https://example.com/twiml?a=b"),
    with_url("https://example.com:8443/"),
    with_url(LONGEST_URL),
    with_url("http://127.0.0.1:7071/api/voice/agent"),
    with_twiml("<Response/>"),
    with_twiml('<?xml version="1.0" encoding="UTF-8"?>\n<Response><Say>Olá</Say></Response>'),
    with_twiml("<Response><!--" + "x" * 3972 + "--></Response>"),
]


@pytest.mark.parametrize("value", GOOD_CALLS)
def test_a_valid_call_is_read(value: dict[str, object]) -> None:
    """At both ends of each limit; encoded, it is the same JSON."""
    command = commands.parse(PlaceCall, value)
    assert commands.parse(PlaceCall, msgspec.to_builtins(command)) == command


@pytest.mark.parametrize("character", ["\x00", "\x0b", "\x1b", "\uffff"])
def test_a_character_that_xml_cannot_hold_is_refused(character: str) -> None:
    """The callee would hear "an application error has occurred"."""
    try:
        command = commands.parse(PlaceCall, call(say=f"Hello{character}"))
    except CommandRefused as refusal:
        assert str(refusal).startswith("say: ")
    else:
        ElementTree.fromstring(command.document())  # noqa: S314  # our own document


@pytest.mark.parametrize("encoding", ["utf-16", "ISO-8859-1", "us-ascii"])
def test_the_twiml_of_a_call_declares_no_other_encoding(encoding: str) -> None:
    """Twilio gets UTF-8, so the declaration of another encoding is left out."""
    command = commands.parse(PlaceCall, with_twiml(f'<?xml version="1.0" encoding="{encoding}"?><Response/>'))
    assert command.document() == '<?xml version="1.0"?><Response/>'


def test_the_length_of_say_is_that_of_its_twiml() -> None:
    """Twilio counts the document, markup included."""
    room = 4000 - len(commands.parse(PlaceCall, call(say="x")).document()) + 1
    assert len(commands.parse(PlaceCall, call(say="x" * room)).document()) == 4000
    with pytest.raises(CommandRefused, match=r"^say: 4,001 characters of TwiML, 4,000 at most$"):
        commands.parse(PlaceCall, call(say="x" * room + "x"))


def test_an_escape_counts_with_all_its_characters() -> None:
    """An ampersand is five characters of TwiML."""
    with pytest.raises(CommandRefused, match=r"^say: "):
        commands.parse(PlaceCall, call(say="&" * 1000))


def test_say_is_escaped() -> None:
    """A text cannot become markup."""
    document = commands.parse(
        PlaceCall, call(say="</Say><Dial>1</Dial>", language="pt-PT", voice="Polly.Ines")
    ).document()
    response = ElementTree.fromstring(document)  # noqa: S314  # our own document
    assert [verb.tag for verb in response] == ["Say"]
    assert response[0].text == "</Say><Dial>1</Dial>"
    assert response[0].attrib == {"language": "pt-PT", "voice": "Polly.Ines"}


def test_a_call_by_url_has_no_document() -> None:
    """Twilio would ignore one."""
    assert commands.parse(PlaceCall, with_url("https://example.com/")).document() == ""


def check(value: dict[str, object], **settings: object) -> str:
    """Returns the reason why a command is refused now, "" when it is valid."""
    kind: type[Command] = SendSms if "body" in value else PlaceCall
    command = commands.parse(kind, value)
    try:
        command.check_when_taken(msgspec.structs.replace(SETTINGS, **settings), NOW)
    except CommandRefused as refusal:
        return refusal.reason
    return ""


@pytest.mark.parametrize("ahead", [timedelta(minutes=15), timedelta(hours=1), timedelta(days=35)])
def test_send_at_is_fifteen_minutes_to_thirty_five_days_ahead(ahead: timedelta) -> None:
    """Twilio's limits, both included."""
    assert check(text(send_at=(NOW + ahead).isoformat(), messaging_service_sid=SERVICE)) == ""


@pytest.mark.parametrize(
    "ahead",
    [timedelta(minutes=15) - timedelta(seconds=1), timedelta(days=35, seconds=1), timedelta(0), timedelta(days=-1)],
)
def test_send_at_outside_the_limits_is_refused(ahead: timedelta) -> None:
    """Twilio would drop the text silently."""
    when = (NOW + ahead).isoformat()
    assert check(text(send_at=when, messaging_service_sid=SERVICE)) == (
        f'send_at: not 15 minutes to 35 days ahead: "{when}"'
    )


@pytest.mark.parametrize("when", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_time_at_the_end_of_the_calendar_is_refused(when: str) -> None:
    """It raises no other error."""
    try:
        reason = check(text(send_at=when, messaging_service_sid=SERVICE))
    except CommandRefused as refusal:
        reason = refusal.reason
    assert reason.startswith("send_at: not 15 minutes to 35 days")


@pytest.mark.parametrize(
    ("fields", "settings", "reason"),
    [
        ({}, {}, "send_at: needs a messaging service; give messaging_service_sid"),
        ({"from": "Acme"}, {"messaging_service_sid": SERVICE}, "send_at: needs a messaging service; give "),
        ({}, {"messaging_service_sid": SERVICE}, ""),
    ],
)
def test_a_scheduled_text_needs_a_messaging_service(
    fields: dict[str, object], settings: dict[str, object], reason: str
) -> None:
    """Its own, or the settings' unless it names another sender."""
    said = check(text(send_at=(NOW + timedelta(hours=1)).isoformat(), **fields), **settings)
    assert said.startswith(reason)
    assert bool(said) == bool(reason)


@pytest.mark.parametrize(
    ("fields", "settings"),
    [
        ({"from": "Acme"}, {}),
        ({"messaging_service_sid": SERVICE}, {}),
        ({}, {"sender": "Acme"}),
        ({}, {"messaging_service_sid": SERVICE}),
    ],
)
def test_a_text_has_a_sender(fields: dict[str, object], settings: dict[str, object]) -> None:
    """Its own or the settings', a number or a service."""
    assert check(text(**fields), **({"sender": ""} | settings)) == ""


def test_a_text_without_any_sender_is_refused() -> None:
    """The reason names the settings that would give one."""
    assert check(text(), sender="") == (
        "from: required, because neither TWILIO_FROM nor TWILIO_MESSAGING_SERVICE_SID is set"
    )


@pytest.mark.parametrize("sender", ["", "Acme", "12345"])
def test_a_call_needs_a_number_as_sender(sender: str) -> None:
    """A sender's name cannot call."""
    assert check(call(), sender=sender) == "from: required, because TWILIO_FROM is not set to a phone number"
    assert check(call(**{"from": "+15005550001"}), sender=sender) == ""


@pytest.mark.parametrize("value", [text(), text(to="whatsapp:" + TO), call()])
@pytest.mark.parametrize(("allowed", "accepted"), [((), True), (("+351", "+1"), True), (("+351",), False)])
def test_only_allowed_destinations_are_texted_or_called(
    value: dict[str, object], allowed: tuple[str, ...], accepted: bool
) -> None:
    """By country prefix, on any channel; without the setting, all."""
    expected = "" if accepted else f'to: not in ALLOWED_DESTINATIONS: "{value["to"]}"'
    assert check(value, allowed_destinations=allowed) == expected


@pytest.mark.parametrize(
    ("to", "allowed", "accepted"),
    [
        ("client:alice", ("+351",), True),
        ("client:+1", ("+351",), True),
        ("sip:bob@pbx.example.com", ("+351",), False),
        ("sip:+351912345678@pbx.example.com", ("+351",), False),
        ("sips:bob@pbx.example.com", ("+351", "sip:"), True),
        ("sip:bob@pbx.example.com", (), True),
    ],
)
def test_sip_addresses_are_a_destination_of_their_own(to: str, allowed: tuple[str, ...], accepted: bool) -> None:
    """`sip:` allows them, because any host may charge any price; browser clients are the app's own."""
    expected = "" if accepted else f'to: not in ALLOWED_DESTINATIONS: "{to}"'
    assert check(call(to=to), allowed_destinations=allowed) == expected


def test_a_plain_http_url_is_accepted_on_a_developers_machine_only() -> None:
    """A loopback address; in Azure it is refused."""
    url = "http://127.0.0.1:7071/api/voice/agent"
    assert check(with_url(url), local=True) == ""
    assert check(with_url(url)) == f'url: not https: "{url}"'
