"""An operator's commands, end to end against the local stack."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from local.settings import development_storage
from local.storage import StorageOptions
from local.twilio.handsets import Handset
from ops.operator_services import OperatorServices
from switchboard.delivery import queued_command
from switchboard.delivery.record import DeliveryRecord
from switchboard.delivery.states import UNRESOLVED
from switchboard.delivery.transitions import move_to_dead_letter
from switchboard.queues import QueueMessage
from switchboard.settings import Settings
from tests.integration.host_process import ROOT
from tests.integration.operator import NUMBER, Stack, running

SERVICE = "MG" + "1" * 32


def somebody() -> str:
    """A number that no other test has."""
    return f"+1500{uuid.uuid4().int % 10**7:07d}"


def command(to: str, **fields: str) -> str:
    """A text for `sms-outbox`."""
    return json.dumps({"id": "t1", "to": to, "body": "Hello", **fields})


@pytest.fixture(scope="module")
def shared(azurite: StorageOptions) -> Iterator[Stack]:
    """The running stack."""
    with running(azurite.connection_string) as stack:
        yield stack


@pytest.fixture
def stack(shared: Stack) -> Stack:
    """The same, with nothing on its queues."""
    shared.empty()
    return shared


def buried(stack: Stack, message_id: str, body: str, reason: str = "for a test") -> None:
    """Leave a dead letter."""
    message = QueueMessage("sms-outbox", message_id, body.encode())
    stack.do(lambda edges, _: move_to_dead_letter(edges.ledger_context, message, reason))


def lying(stack: Stack, queue: str = "dead-letter") -> int:
    """How many messages a queue holds, hidden ones too."""
    return stack.do(lambda _, queues: queues.count(queue))


def left_unresolved(stack: Stack, to: str) -> DeliveryRecord:
    """A delivery that nobody could settle: its record, and its letter."""
    return stack.do(lambda edges, _: leave_unresolved(edges, to))


async def leave_unresolved(edges: OperatorServices, to: str) -> DeliveryRecord:
    """Write both."""
    message = QueueMessage("sms-outbox", "m1", command(to).encode())
    order = queued_command.read(message, datetime.now(UTC))
    claimed = order.claim(Settings.from_environ(edges.place.environ), "run", datetime.now(UTC))
    record = msgspec.structs.replace(claimed, state=UNRESOLVED, reason="nobody could tell", ended_at=datetime.now(UTC))
    await edges.ledger.insert(record)
    await move_to_dead_letter(
        edges.ledger_context, QueueMessage("sms-outbox", "m1", order.to_json().encode()), "nobody could tell"
    )
    return record


def test_a_text_is_followed_to_its_end(stack: Stack) -> None:
    """Its states on the way, its end as the only JSON on standard output."""
    to = somebody()
    ran = stack.ops("send-text", "--to", to, "Hello", "--id", "t1", "--wait", "--json")
    again = stack.ops("send-text", "--to", to, "Other words", "--id", "t1", "--wait")
    shown = stack.ops("deliveries", "show", "t1", "--to", to)
    listed = stack.ops("deliveries", "list", "--to", to, "--json")
    assert (ran.code, ran.json["id"], ran.json["delivery"]["state"]) == (0, "t1", "delivered")
    assert "delivered  SM" in ran.said
    assert (again.code, again.answer) == (1, "")
    assert "already given to another command" in again.said
    assert to in shown.answer
    assert [delivery["state"] for delivery in listed.json["deliveries"]] == ["delivered"]


def test_a_call_is_followed_to_its_end(stack: Stack) -> None:
    """An id is made for it, and printed."""
    ran = stack.ops("call", "--to", somebody(), "Hello world.", "--wait", "--json")
    assert (ran.code, ran.json["delivery"]["state"]) == (0, "completed")
    assert ran.json["id"].startswith("ops-")


def test_a_text_that_does_not_arrive_is_a_failure(stack: Stack) -> None:
    """Exit 1, with Twilio's code."""
    to = somebody()
    stack.standin.handsets.by_number[to] = Handset(texted="undelivered", error_code=30003)
    ran = stack.ops("send-text", "--to", to, "Hello", "--wait")
    assert ran.code == 1
    assert "it ended as undelivered" in ran.said
    assert "30003" in ran.answer


def test_who_told_a_sender_to_stop_gets_nothing(stack: Stack) -> None:
    """Written down by the operator, asked about by the worker, and struck out again."""
    to = somebody()
    added = stack.ops("optouts", "add", to, "--from", NUMBER, "--yes")
    listed = stack.ops("optouts", "list", to, "--json")
    everybody = stack.ops("optouts", "list", "--json")
    stopped = stack.ops("send-text", "--to", to, "Hello", "--wait")
    assert stack.standin.account.messages == {}
    removed = stack.ops("optouts", "remove", to, "--from", NUMBER, "--yes")
    sent = stack.ops("send-text", "--to", to, "Hello", "--wait")
    assert [each["sender"] for each in listed.json["optouts"]] == [NUMBER]
    assert listed.json["optouts"][0] in everybody.json["optouts"]
    assert (added.code, stopped.code, removed.code, sent.code) == (0, 1, 0, 0)
    assert "opted_out" in stopped.said


def test_a_scheduled_text_is_canceled_by_an_opt_out(stack: Stack) -> None:
    """It would go out in spite of it: Twilio does not look at ours."""
    to, at = somebody(), (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    stack.ops("send-text", "--to", to, "Hello", "--service", SERVICE, "--send-at", at, "--wait", "--within", "3s")
    ran = stack.ops("optouts", "add", to, "--from", SERVICE, "--yes", "--json")
    assert ran.json["canceled"] == 1
    assert [message.status for message in stack.standin.account.messages.values()] == ["canceled"]


def test_what_nobody_could_settle_is_found_and_settled_by_its_sid(stack: Stack) -> None:
    """By state, without knowing its number; then by the text that Twilio has."""
    to = somebody()
    left_unresolved(stack, to)
    account = stack.standin.account
    message = account.add_message(to=to, sender=NUMBER, body="Hello", status="delivered", direction="outbound-api")
    listed = stack.ops("deliveries", "list", "--state", "unresolved", "--json")
    unasked = stack.ops("deliveries", "resolve", "t1", "--to", to, "--sent", message.sid)
    ran = stack.ops("deliveries", "resolve", "t1", "--to", to, "--sent", message.sid, "--yes", "--json")
    assert lying(stack) == 0
    assert to in [delivery["to"] for delivery in listed.json["deliveries"]]
    assert (unasked.code, "say --yes" in unasked.said) == (2, True)
    assert (ran.code, ran.json["delivery"]["state"], ran.json["delivery"]["sids"]) == (0, "delivered", [message.sid])


def test_what_nobody_could_settle_is_sent_again(stack: Stack) -> None:
    """The copy waits on the queue, the record says released, and the letter is gone."""
    to = somebody()
    record = left_unresolved(stack, to)
    ran = stack.ops("deliveries", "resolve", "sms:t1", "--to", to, "--resend", "--yes")
    stored = stack.do(lambda edges, _: edges.ledger.read(record.key))
    assert (ran.code, lying(stack, "sms-outbox"), lying(stack)) == (0, 1, 0)
    assert stored is not None
    assert (stored.record.state, stored.record.attempt) == ("released", 1)


def test_dead_letters_are_looked_at_put_back_and_dropped(stack: Stack) -> None:
    """Looking takes nothing; what is put back is sent; what is no command stays until it is dropped."""
    to = somebody()
    buried(stack, "m1", command(to))
    buried(stack, "m2", "{")
    listed = stack.ops("dead-letter", "list", "--json")
    every = stack.ops("dead-letter", "list", "--all", "--json")
    shown = stack.ops("dead-letter", "show", "t1")
    assert len(stack.do(lambda _, queues: queues.visible("dead-letter"))) == 2
    replayed = stack.ops("dead-letter", "replay", "--all", "--yes", "--json")
    sent = stack.ops("send-text", "--to", to, "Hello", "--id", "t1", "--wait")
    dropped = stack.ops("dead-letter", "drop", "m2", "--yes", "--json")
    assert [letter["command"] for letter in listed.json["letters"]] == ["t1", ""]
    assert every.json["letters"] == listed.json["letters"]
    assert to in shown.answer
    assert (replayed.code, [letter["replayed"] for letter in replayed.json["letters"]]) == (1, [True, False])
    assert (sent.code, len(stack.standin.account.messages)) == (0, 1)
    assert (dropped.code, len(dropped.json["dropped"]), lying(stack)) == (0, 1, 0)


def test_more_letters_than_a_look_shows_are_all_found(stack: Stack) -> None:
    """A queue shows 32 to who only looks; the one beyond is found by name, and all are there afterwards."""
    for number in range(40):
        buried(stack, f"m{number}", command(somebody(), id=f"t{number}"))
    listed = stack.ops("dead-letter", "list", "--json")
    every = stack.ops("dead-letter", "list", "--all", "--json")
    shown = stack.ops("dead-letter", "show", "t39")
    dropped = stack.ops("dead-letter", "drop", "t39", "--yes")
    assert (lying(stack), len(stack.do(lambda _, queues: queues.visible("dead-letter")))) == (39, 32)
    assert (len(listed.json["letters"]), len(every.json["letters"])) == (32, 40)
    assert "32 of about 40" in listed.said
    assert (shown.code, dropped.code) == (0, 0)


@pytest.mark.parametrize("target", [NUMBER, SERVICE])
def test_a_number_and_a_service_are_pointed_at_the_app(stack: Stack, tmp_path: Path, target: str) -> None:
    """Shown first, then changed, then as it was before."""
    memory = ("--memory", str(tmp_path / "pointed.json"))
    kept = stack.standin.configuration
    fields = kept.number if target == NUMBER else kept.service(SERVICE)
    name = "SmsUrl" if target == NUMBER else "InboundRequestUrl"
    fields[name] = "https://old.example.com/sms"
    before = dict(fields)
    shown = stack.ops("point", target, "--dry-run", "--json", *memory)
    assert fields == before
    changed = stack.ops("point", target, "--yes", *memory)
    assert fields[name] == stack.environ["PUBLIC_BASE_URL"] + "/api/sms/incoming#rc=3&rp=all"
    again = stack.ops("point", target, "--yes", *memory)
    undone = stack.ops("point", target, "--undo", "--yes", *memory)
    assert fields == before
    assert not shown.json["applied"]
    assert "https://old.example.com/sms" in [change["before"] for change in shown.json["changes"]]
    assert (changed.code, again.code, undone.code) == (0, 0, 0)
    assert "it is so already" in again.answer


def test_a_number_of_somebody_elses_is_not_pointed(stack: Stack) -> None:
    """The account has none such."""
    ran = stack.ops("point", "+15005550099", "--dry-run")
    assert ran.code == 1
    assert "the account has no number" in ran.said


def test_the_doctor_finds_a_stack_in_good_health(stack: Stack, tmp_path: Path) -> None:
    """Every part, once the number leads here."""
    stack.standin.configuration.number["VoiceUrl"] = "https://old.example.com"
    ill = stack.ops("doctor", "--json")
    stack.ops("point", NUMBER, "--yes", "--memory", str(tmp_path / "pointed.json"))
    well = stack.ops("doctor", "--json")
    names = {check["name"] for check in well.json["checks"]}
    assert [check["name"] for check in ill.json["checks"] if not check["ok"]] == [NUMBER]
    assert (ill.code, well.code) == (1, 0)
    assert {"settings", "queue events", "table deliveries", "secrets", "app", "signed webhook"} <= names


def test_the_doctor_says_what_is_wrong_and_what_to_do(stack: Stack) -> None:
    """A letter that waits, another token at the app than here, and an app that is away: each in its line."""
    buried(stack, "m1", "{")
    other = stack.ops("doctor", "--json", TWILIO_AUTH_TOKEN="another")
    away = stack.ops("doctor", PUBLIC_BASE_URL="http://127.0.0.1:1")
    said = {check["name"]: check["said"] for check in other.json["checks"] if not check["ok"]}
    assert "dead-letter list" in said["dead letters"]
    assert "answered 403" in said["signed webhook"]
    assert "takes none of the auth tokens" in said["Twilio account"]
    assert away.code == 1
    assert "!!  app: the app does not answer at http://127.0.0.1:1" in away.answer


def test_storage_that_is_away_is_a_sentence(stack: Stack) -> None:
    """What to do about it, and no traceback."""
    away = development_storage(1, 1, 1)
    ran = stack.ops("deliveries", "list", "--to", somebody(), AzureWebJobsStorage=away)
    assert (ran.code, ran.answer) == (1, "")
    assert "is `make run` up?" in ran.said
    assert "Traceback" not in ran.said


def test_a_command_that_is_interrupted_ends_with_a_sentence(stack: Stack) -> None:
    """By Ctrl-C, in a process of its own: 130, no traceback, nothing left open."""
    arguments = ["send-text", "--to", somebody(), "Hello", "--wait", "--local"]
    process = subprocess.Popen(
        [sys.executable, "-X", "dev", "-m", "ops", *arguments, "--id", "t1"],
        cwd=ROOT,
        env={"PATH": "", **stack.environ, "TWILIO_FROM": NUMBER, "PYTHONUNBUFFERED": "1"},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    first = process.stderr.readline()
    process.send_signal(signal.SIGINT)
    said = first + process.communicate(timeout=60)[1]
    assert process.returncode == 130
    assert "! stopped" in said
    assert "Traceback" not in said
    assert "Unclosed" not in said
