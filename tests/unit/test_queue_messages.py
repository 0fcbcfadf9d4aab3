"""Queue messages as clients write them: JSON of every encoding that real ones use."""

import base64
import json
import textwrap
from collections.abc import Callable

import msgspec
import pytest

from switchboard.commands import COMMAND_TYPES, parse
from switchboard.errors import CommandRefused
from switchboard.queues import read_json
from tests.command_json import SERVICE, TEMPLATE, text
from tests.fake_worker import COMMANDS, TO, FakeWorker


def test_plain_json_is_read() -> None:
    """UTF-8, white space around it or not."""
    assert read_json(' {"body": "olá"}\n'.encode()) == {"body": "olá"}


def test_base64_of_json_is_read() -> None:
    """Half of the world's clients send that."""
    assert read_json(base64.b64encode(json.dumps(text()).encode())) == text()


def test_base64_is_tried_once() -> None:
    """Base64 of base64 is nobody's format."""
    twice = base64.b64encode(base64.b64encode(b"{}"))
    with pytest.raises(CommandRefused):
        read_json(twice)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"{}{}",
        b"\xff\xfe",
        b'"\xff"',
        b'{"to": "\\ud800"}',
        b"1e999",
        b"NaN",
        b"eA==",
        b"[" * 32_000,
        bytes(range(256)) * 256,
    ],
    ids=lambda body: repr(body[:12]),
)
def test_what_is_neither_is_refused(body: bytes) -> None:
    """With one sentence, and nothing of the body in it."""
    with pytest.raises(CommandRefused) as raised:
        read_json(body)
    assert raised.value.reason == "the message is not JSON, nor base64 of JSON"


def base64_of(body: bytes) -> bytes:
    """In one line, padded."""
    return base64.b64encode(body)


def broken(width: int, end: str) -> Callable[[bytes], bytes]:
    """In lines, as MIME and PEM have them."""
    return lambda body: end.join([*textwrap.wrap(base64_of(body).decode(), width), ""]).encode()


WRITTEN: dict[str, Callable[[bytes], bytes]] = {
    "as it is": lambda body: body,
    "with a byte order mark": lambda body: b"\xef\xbb\xbf" + body,
    "in UTF-16, little end first": lambda body: body.decode().encode("utf-16"),
    "in UTF-16, big end first": lambda body: b"\xfe\xff" + body.decode().encode("utf-16-be"),
    "in base64": base64_of,
    "in base64 without padding": lambda body: base64_of(body).rstrip(b"="),
    "in base64 of 76 columns": broken(76, "\n"),
    "in base64 of 60 columns": broken(60, "\r\n"),
    "in base64, without padding, in lines": lambda body: broken(76, "\n")(body).replace(b"=", b""),
    "in base64 of a byte order mark": lambda body: base64_of(b"\xef\xbb\xbf" + body),
    "in base64 of UTF-16": lambda body: base64_of(body.decode().encode("utf-16")),
    "in base64 after a byte order mark": lambda body: b"\xef\xbb\xbf" + base64_of(body),
}


@pytest.mark.parametrize("queue", COMMANDS)
@pytest.mark.parametrize("spaces", ["", " ", "  "], ids=len)
@pytest.mark.parametrize("way", WRITTEN)
async def test_a_command_is_sent_however_its_client_writes_it(way: str, spaces: str, queue: str) -> None:
    """Each length of padding, and characters of every width."""
    worker = FakeWorker()
    spoken = {"body" if queue == "sms-outbox" else "say": "olá 😀"}
    body = json.dumps({**COMMANDS[queue], **spoken}, ensure_ascii=False) + spaces
    await worker.deliver(WRITTEN[way](body.encode()), queue)
    ((command, _),) = worker.twilio.requests
    assert (command.to, getattr(command, next(iter(spoken)))) == (TO, "olá 😀")


TEMPLATE_TEXT = {"id": "t1", "to": TO, "content_sid": TEMPLATE}


@pytest.mark.parametrize(
    "variables",
    [
        {"1": "Ana", "2": "3"},
        {"1": "Ana", "2": 3},
        {"1": "Ana", "2": 3.0},
        '{"1": "Ana", "2": "3"}',
        '{"1": "Ana", "2": 3}',
    ],
)
async def test_a_templates_variables_are_sent_as_strings(variables: object) -> None:
    """From an object, with numbers or not, and from JSON text, which Twilio's own API wants."""
    worker = FakeWorker()
    await worker.deliver({**TEMPLATE_TEXT, "content_variables": variables})
    ((command, _),) = worker.twilio.requests
    assert getattr(command, "content_variables", None) == {"1": "Ana", "2": "3"}


@pytest.mark.parametrize(("number", "spelled"), [(1.5, "1.5"), (-7, "-7"), (10**15, "1" + "0" * 15), (1e300, "1e300")])
async def test_a_number_among_the_variables_is_spelled_as_in_json(number: float, spelled: str) -> None:
    """Without a point where it is whole."""
    worker = FakeWorker()
    await worker.deliver({**TEMPLATE_TEXT, "content_variables": {"1": number}})
    ((command, _),) = worker.twilio.requests
    assert getattr(command, "content_variables", None) == {"1": spelled}


@pytest.mark.parametrize("queue", COMMANDS)
async def test_null_is_absent(queue: str) -> None:
    """Serializers write it for every field that is not set."""
    worker, given = FakeWorker(), COMMANDS[queue]
    kind = COMMAND_TYPES[queue]
    nulls = {field.encode_name: None for field in msgspec.structs.fields(kind)}
    await worker.deliver({**nulls, **given}, queue)
    ((command, _),) = worker.twilio.requests
    assert command == parse(kind, given)


@pytest.mark.parametrize(("queue", "field"), [("sms-outbox", "validity_period"), ("call-outbox", "timeout")])
async def test_a_whole_number_may_have_a_point(queue: str, field: str) -> None:
    """JSON has one kind of number."""
    worker = FakeWorker()
    await worker.deliver({**COMMANDS[queue], field: 60.0}, queue)
    assert getattr(worker.twilio.requests[0][0], field) == 60


@pytest.mark.parametrize(
    "address",
    [
        {"to": "whatsapp:+15005550010"},
        {"to": "whatsapp:US.13491208655302741918"},
        {"to": "rcs:+15005550010", "messaging_service_sid": SERVICE},
        {"to": "rcs:+15005550010", "from": "rcs:brand_xyz_agent"},
        {"to": "messenger:1234567890", "from": "messenger:987654321"},
    ],
)
async def test_a_text_to_an_address_of_a_channel_is_sent(address: dict[str, object]) -> None:
    """One rule for all of them."""
    worker = FakeWorker()
    await worker.deliver({"id": "t1", "body": "x", **address})
    ((command, _),) = worker.twilio.requests
    assert command.to == address["to"]


@pytest.mark.parametrize("to", ["client:alice", "sip:alice@example.com", "sip:+15005550010@example.com:5060"])
async def test_a_call_to_a_client_or_a_sip_address_is_placed(to: str) -> None:
    """From the number of the settings."""
    worker = FakeWorker()
    await worker.deliver({"id": "c1", "to": to, "say": "x"}, "call-outbox")
    assert worker.twilio.requests[0][0].to == to


@pytest.mark.parametrize("to", ["rcs:+15005550010", "messenger:1234567890"])
async def test_a_channel_that_has_no_sender_in_the_settings_is_refused(to: str) -> None:
    """TWILIO_FROM is a number: it sends texts and WhatsApp messages."""
    worker = FakeWorker()
    await worker.deliver({"id": "t1", "body": "x", "to": to})
    (event,) = worker.events
    assert (worker.twilio.requests, event["state"]) == ([], "refused")
    assert event["reason"].startswith(
        f"from: required, because {to.partition(':')[0]}: takes no sender from TWILIO_FROM"
    )


@pytest.mark.parametrize(
    ("to", "is_allowed"),
    [
        ("client:alice", True),
        ("sip:+15005550010@example.com", False),
        ("sip:+351210000001@example.com", False),
        ("sip:alice@example.com", False),
    ],
)
async def test_allowed_destinations_hold_for_sip_addresses_and_not_for_clients(to: str, is_allowed: bool) -> None:
    """Any SIP host may charge any price; a client is an agent."""
    worker = FakeWorker()
    worker.set(allowed_destinations=("+1",))
    await worker.deliver({"id": "c1", "to": to, "say": "x"}, "call-outbox")
    assert bool(worker.twilio.requests) is is_allowed
