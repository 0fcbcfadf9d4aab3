"""What becomes of a queue message: taken by Twilio, ended as one event, or left for the queue to bring again."""

import base64
import json
from typing import Any

import msgspec
import pytest

from switchboard.commands import PlaceCall, SendSms
from switchboard.delivery import FOREVER, LARGEST_MESSAGE, Delivery, QueueMessage, status_url
from switchboard.errors import (
    AccountFault,
    NotReached,
    OptedOut,
    OutcomeUnknown,
    Rejected,
    StorageUnavailable,
    SwitchboardError,
    Throttled,
    TryLater,
    TwilioError,
)
from switchboard.events import hashed
from switchboard.settings import Settings
from tests.fakes import FakeOutbox, FakeTwilio

TO = "+15005550010"
SETTINGS = Settings(account_sid="AC" + "0" * 32, public_origin="https://voice.example.com", sender="+15005550001")
TEXT = {"id": "t1", "to": TO, "body": "Hello world."}
CALL = {"id": "c1", "to": TO, "say": "Hello world."}


class Desk:
    """A delivery on fakes."""

    def __init__(self, twilio_error: Exception | None = None, outbox_error: Exception | None = None) -> None:
        self.twilio = FakeTwilio(twilio_error)
        self.outbox = FakeOutbox(outbox_error)
        self.delivery = Delivery(SETTINGS, self.twilio, self.outbox)

    async def deliver(self, command: object, queue: str = "sms-outbox", message_id: str = "m1") -> None:
        """Deliver a command's JSON, or bytes as they are."""
        body = command if isinstance(command, bytes) else json.dumps(command).encode()
        await self.delivery.deliver(QueueMessage(queue, message_id, body))

    @property
    def events(self) -> list[dict[str, Any]]:
        """What was told."""
        return [json.loads(body) for body in self.outbox.bodies("events")]


async def test_a_good_text_is_taken_by_twilio_once() -> None:
    """As the command says it; nothing is told until Twilio says what became of it."""
    desk = Desk()
    await desk.deliver(TEXT)
    ((command, _),) = desk.twilio.asked
    assert command == SendSms(id="t1", to=TO, body="Hello world.")
    assert desk.outbox.messages == []


async def test_a_good_call_is_taken_by_twilio_once() -> None:
    """By the queue it lay on, not by its looks."""
    desk = Desk()
    await desk.deliver(CALL, "call-outbox")
    ((command, _),) = desk.twilio.asked
    assert command == PlaceCall(id="c1", to=TO, say="Hello world.")


async def test_base64_is_the_same_command() -> None:
    """Half of the world's clients send that."""
    desk = Desk()
    await desk.deliver(base64.b64encode(json.dumps(TEXT).encode()))
    assert desk.twilio.asked[0][0] == SendSms(id="t1", to=TO, body="Hello world.")


@pytest.mark.parametrize(("queue", "command", "kind"), [("sms-outbox", TEXT, "sms"), ("call-outbox", CALL, "call")])
async def test_the_status_url_is_opaque(queue: str, command: dict[str, str], kind: str) -> None:
    """The recipient's hash, the attempt and the id: no number is in any URL. Twilio is asked to come again."""
    desk = Desk()
    await desk.deliver(command, queue)
    ((_, url),) = desk.twilio.asked
    reference = f"{hashed(TO)}.0.{command['id']}"
    assert url == f"https://voice.example.com/api/status/{kind}?id={reference}#rc=3&rp=all"
    assert TO[1:] not in url


async def test_a_command_without_an_id_has_its_messages() -> None:
    """So its callbacks can be told apart."""
    desk = Desk()
    await desk.deliver({"to": TO, "body": "x"}, message_id="queue-id-7")
    assert ".0.queue-id-7#" in desk.twilio.asked[0][1]


async def test_a_command_that_breaks_a_rule_ends_as_one_event() -> None:
    """With the reason and the ids; Twilio is not asked, and the queue is not told to try again."""
    desk = Desk()
    await desk.deliver({"to": "0912", "body": "x"})
    (event,) = desk.events
    assert event.pop("time")
    assert event == {
        "id": "command.ended:m1:refused",
        "kind": "command.ended",
        "state": "refused",
        "queue": "sms-outbox",
        "message_id": "m1",
        "command_id": "m1",
        "reason": 'to: not E.164: "0912"',
    }
    assert desk.twilio.asked == []


async def test_a_refusal_by_the_settings_carries_the_commands_own_id() -> None:
    """The command was read, so its sender's key is known."""
    desk = Desk()
    settings = msgspec.structs.replace(SETTINGS, allowed_destinations=("+351",))
    desk.delivery = Delivery(settings, desk.twilio, desk.outbox)
    await desk.deliver(TEXT)
    (event,) = desk.events
    assert (event["command_id"], event["reason"]) == ("t1", f'to: not in ALLOWED_DESTINATIONS: "{TO}"')


async def test_a_refusal_by_the_schema_carries_the_commands_own_id() -> None:
    """The sender finds its command by the key it gave, where that can be read."""
    desk = Desk()
    await desk.deliver({"id": "campaign-7", "to": "0912", "body": "x"})
    assert desk.events[0]["command_id"] == "campaign-7"


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b"null",
        b"",
        b"\xff\xfe\xfd",
        b'{"to": "\xff"}',
        bytes(range(256)) * 256,
        b"[" * 60_000,
        b"[" * 30_000 + b"]" * 30_000,
    ],
)
@pytest.mark.parametrize("queue", ["sms-outbox", "call-outbox"])
async def test_noise_ends_as_one_event(queue: str, body: bytes) -> None:
    """Nothing in a message makes it come again."""
    desk = Desk()
    await desk.deliver(body, queue)
    (event,) = desk.events
    assert (event["state"], event["queue"], event["message_id"]) == ("refused", queue, "m1")
    assert event["reason"]


async def test_the_same_message_again_is_the_same_event() -> None:
    """A consumer drops the second by its id."""
    desk = Desk()
    await desk.deliver({"to": "0912"})
    await desk.deliver({"to": "0912"})
    first, second = desk.events
    assert first["id"] == second["id"]


@pytest.mark.parametrize(("error", "code"), [(Rejected, 21211), (OptedOut, 21610)])
async def test_what_twilio_rejects_ends_as_one_event(error: type[TwilioError], code: int) -> None:
    """With Twilio's code and its own sentence."""
    desk = Desk(error("no", code=code, status=400, said=f"The number {TO} is no good."))
    await desk.deliver(TEXT)
    (event,) = desk.events
    assert (event["state"], event["error_code"], event["command_id"]) == ("rejected", code, "t1")
    assert event["reason"] == f"The number {TO} is no good."


@pytest.mark.parametrize("error", [Throttled, NotReached, TryLater, OutcomeUnknown, AccountFault])
async def test_what_may_pass_by_itself_is_raised(error: type[TwilioError]) -> None:
    """So that the queue brings the message again; nothing has ended."""
    desk = Desk(error("later"))
    with pytest.raises(error):
        await desk.deliver(TEXT)
    assert desk.outbox.messages == []


@pytest.mark.parametrize("command", [{"to": "0912"}, TEXT])
async def test_an_end_that_cannot_be_told_is_raised(command: dict[str, str]) -> None:
    """The message stays until somebody has heard of it."""
    desk = Desk(Rejected("no", code=21211, status=400), StorageUnavailable("queue events did not take a message"))
    with pytest.raises(SwitchboardError) as raised:
        await desk.deliver(command)
    assert raised.value.retryable


@pytest.mark.parametrize("queue", ["sms-outbox", "call-outbox"])
async def test_what_failed_too_often_is_kept_whole_and_for_ever(queue: str) -> None:
    """In `dead-letter`, with the queue it came from and the reason."""
    desk = Desk()
    await desk.delivery.bury(QueueMessage(f"{queue}-poison", "m9", b'{"to": "x", "body": "ol\xc3\xa1"}'))
    (letter,) = desk.outbox.messages
    kept = json.loads(letter.body)
    assert (letter.queue, letter.time_to_live) == ("dead-letter", FOREVER)
    assert (kept["queue"], kept["message_id"], kept["body"]) == (queue, "m9", '{"to": "x", "body": "olá"}')
    assert kept["reason"]
    assert kept["time"].endswith("Z")


@pytest.mark.parametrize(
    "body", ["x" * LARGEST_MESSAGE, "x" * (LARGEST_MESSAGE - 10), '"' * (LARGEST_MESSAGE // 2 + 1)]
)
async def test_what_leaves_no_room_for_a_reason_is_kept_as_it_came(body: str) -> None:
    """The message is what must not be lost; escapes count, because the queue counts them."""
    desk = Desk()
    await desk.delivery.bury(QueueMessage("sms-outbox-poison", "m9", body.encode()))
    (letter,) = desk.outbox.messages
    assert (letter.body, letter.time_to_live) == (body, FOREVER)


async def test_what_just_leaves_room_has_its_reason() -> None:
    """A letter may be as large as a message may be."""
    desk = Desk()
    await desk.delivery.bury(QueueMessage("sms-outbox-poison", "m9", b""))
    room = LARGEST_MESSAGE - len(desk.outbox.messages[0].body)
    await desk.delivery.bury(QueueMessage("sms-outbox-poison", "m9", b"x" * room))
    assert len(desk.outbox.messages[1].body) == LARGEST_MESSAGE
    assert json.loads(desk.outbox.messages[1].body)["reason"]


async def test_a_letter_that_cannot_be_written_is_raised() -> None:
    """The poison queue keeps it meanwhile."""
    desk = Desk(outbox_error=StorageUnavailable("queue dead-letter did not take a message"))
    with pytest.raises(StorageUnavailable):
        await desk.delivery.bury(QueueMessage("sms-outbox-poison", "m9", b"x"))


def test_every_status_url_asks_twilio_to_come_again() -> None:
    """Three times, after any failure: they carry what nobody else holds."""
    assert status_url(SETTINGS, "recording") == "https://voice.example.com/api/status/recording#rc=3&rp=all"
