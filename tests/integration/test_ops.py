"""Every command of `./sb ops`, end to end against the local stack."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from local.settings import development_storage
from local.storage import StorageOptions
from local.twilio.handsets import Handset
from switchboard.client import files
from tests.integration.host_process import ROOT
from tests.integration.ops_stack import (
    NUMBER,
    TWIML_APP,
    Stack,
    add_dead_letter,
    add_unresolved,
    count_messages,
    new_number,
    running,
)

SERVICE = "MG" + "1" * 32
# The product's tests never read the team's file.
NUMBERS_FILE = ("--file", str(ROOT / "tests" / "numbers.toml"))


@pytest.fixture(scope="module")
def shared(azurite: StorageOptions) -> Iterator[Stack]:
    """The running stack of this module."""
    with running(azurite.connection_string) as stack:
        yield stack


@pytest.fixture
def stack(shared: Stack) -> Stack:
    """The same stack, with empty queues."""
    shared.empty()
    return shared


def test_a_text_is_followed_to_its_end(stack: Stack) -> None:
    """The states before the end on standard error, and the end as the only JSON on standard output."""
    to = new_number()
    result = stack.ops("send-text", "--to", to, "Hello", "--id", "t1", "--wait", "--json")
    again = stack.ops("send-text", "--to", to, "Another text", "--id", "t1", "--wait")
    shown = stack.ops("deliveries", "show", "t1", "--to", to)
    listed = stack.ops("deliveries", "list", "--to", to, "--json")
    assert (result.code, result.json["id"], result.json["delivery"]["state"]) == (0, "t1", "delivered")
    assert "delivered" not in result.stderr
    assert (again.code, again.stdout) == (1, "")
    assert "already belongs to another command" in again.stderr
    assert to in shown.stdout
    assert [delivery["state"] for delivery in listed.json["deliveries"]] == ["delivered"]


def test_a_call_is_followed_to_its_end(stack: Stack) -> None:
    """Its id is made by the command."""
    result = stack.ops("call", "--to", new_number(), "Hello world.", "--wait", "--json")
    assert (result.code, result.json["delivery"]["state"]) == (0, "completed")
    assert result.json["id"].startswith("ops-")


def test_a_text_that_does_not_arrive_is_a_failure(stack: Stack) -> None:
    """Exit 1, with Twilio's code."""
    to = new_number()
    stack.standin.handsets.by_number[to] = Handset(texted="undelivered", error_code=30003)
    result = stack.ops("send-text", "--to", to, "Hello", "--wait")
    assert result.code == 1
    assert "it ended as undelivered" in result.stderr
    assert "30003" in result.stdout


def test_a_recipient_who_opted_out_gets_no_text(stack: Stack) -> None:
    """The operator adds the opt-out, a worker reads it, and the operator removes it."""
    to = new_number()
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
    assert "opted_out" in stopped.stderr


def test_a_scheduled_text_is_canceled_by_an_opt_out(stack: Stack) -> None:
    """Otherwise Twilio would send it: it does not know our opt-outs."""
    to, at = new_number(), (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    stack.ops("send-text", "--to", to, "Hello", "--service", SERVICE, "--send-at", at, "--wait", "--within", "3s")
    result = stack.ops("optouts", "add", to, "--from", SERVICE, "--yes", "--json")
    assert result.json["canceled"] == 1
    assert [message.status for message in stack.standin.account.messages.values()] == ["canceled"]


def test_an_unresolved_delivery_is_found_and_settled_by_its_sid(stack: Stack) -> None:
    """Found by its state, without its number; settled by the text that Twilio has."""
    to = new_number()
    add_unresolved(stack, to)
    account = stack.standin.account
    message = account.add_message(to=to, sender=NUMBER, body="Hello", status="delivered", direction="outbound-api")
    listed = stack.ops("deliveries", "list", "--state", "unresolved", "--json")
    unasked = stack.ops("deliveries", "resolve", "t1", "--to", to, "--sent", message.sid)
    result = stack.ops("deliveries", "resolve", "t1", "--to", to, "--sent", message.sid, "--yes", "--json")
    assert count_messages(stack) == 0
    assert to in [delivery["to"] for delivery in listed.json["deliveries"]]
    assert (unasked.code, "give --yes" in unasked.stderr) == (2, True)
    assert (result.code, result.json["delivery"]["state"], result.json["delivery"]["sids"]) == (
        0,
        "delivered",
        [message.sid],
    )


def test_an_unresolved_delivery_is_sent_again(stack: Stack) -> None:
    """The copy is on the queue, the record is released, and the dead letter is deleted."""
    to = new_number()
    record = add_unresolved(stack, to)
    result = stack.ops("deliveries", "resolve", "sms:t1", "--to", to, "--resend", "--yes")
    stored = stack.do(lambda services, _: services.ledger.read(record.key))
    assert (result.code, count_messages(stack, "sms-outbox"), count_messages(stack)) == (0, 1, 0)
    assert stored is not None
    assert (stored.record.state, stored.record.attempt) == ("released", 1)


@pytest.mark.parametrize("target", [NUMBER, SERVICE])
def test_a_number_and_a_service_are_pointed_at_the_app(stack: Stack, tmp_path: Path, target: str) -> None:
    """Shown, changed, and restored."""
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
    assert "no change is needed" in again.stdout


def test_the_twiml_app_is_pointed_at_the_app(stack: Stack, tmp_path: Path) -> None:
    """By the SID of the setting: shown, changed and restored."""
    memory = ("--memory", str(tmp_path / "pointed.json"))
    fields = stack.standin.configuration.applications[TWIML_APP]
    ours = fields["VoiceUrl"]
    fields["VoiceUrl"] = "https://old.example.com/voice"
    shown = stack.ops("point", "--client", "--dry-run", "--json", *memory)
    changed = stack.ops("point", "--client", "--yes", *memory)
    assert fields["VoiceUrl"] == ours == stack.environ["PUBLIC_BASE_URL"] + "/api/client/voice"
    undone = stack.ops("point", "--client", "--undo", "--yes", *memory)
    assert fields["VoiceUrl"] == "https://old.example.com/voice"
    fields["VoiceUrl"] = ours
    assert (shown.json["sid"], shown.json["created"], shown.json["applied"]) == (TWIML_APP, False, False)
    assert (changed.code, undone.code) == (0, 0)
    assert "Set TWILIO_TWIML_APP_SID" not in changed.stdout


def test_the_twiml_app_is_made_where_there_is_none(stack: Stack, tmp_path: Path) -> None:
    """Its SID is what to set; a second time it is found by its name."""
    memory = ("--memory", str(tmp_path / "pointed.json"))
    applications = stack.standin.configuration.applications
    kept = applications.pop(TWIML_APP)
    shown = stack.ops("point", "--client", "--dry-run", *memory, TWILIO_TWIML_APP_SID="")
    assert not applications
    made = stack.ops("point", "--client", "--yes", *memory, TWILIO_TWIML_APP_SID="")
    (sid,) = applications
    again = stack.ops("point", "--client", "--yes", *memory, TWILIO_TWIML_APP_SID="")
    missing = stack.ops("point", "--client", "--yes", *memory)
    applications.clear()
    applications[TWIML_APP] = kept
    assert (shown.code, made.code, again.code, missing.code) == (0, 0, 0, 1)
    assert f"Set TWILIO_TWIML_APP_SID={sid}, and deploy." in made.stdout
    assert "no change is needed" in again.stdout
    assert f"the account has no TwiML app {TWIML_APP}" in missing.stderr


def test_an_agents_key_opens_the_softphone_until_it_is_revoked(stack: Stack) -> None:
    """The app reads the file again at once; a token is signed by the API key that the stand-in knows."""
    key = stack.ops("agents", "key", "alice", *NUMBERS_FILE, "--json").json["key"]
    opened = sign_in(stack, key)
    listed = stack.ops("agents", "keys", "--json").json
    stack.ops("agents", "revoke", "alice", "--yes")
    assert (opened, [each["agent"] for each in listed], sign_in(stack, key)) == (200, ["alice"], 401)


def sign_in(stack: Stack, key: str) -> int:
    """The status of a request for a token."""
    url = stack.environ["PUBLIC_BASE_URL"] + "/api/client/token"
    body = json.dumps({"agent": "alice", "key": key}).encode()
    request = Request(url, body, {"Content-Type": "application/json"})  # noqa: S310  # loopback http
    try:
        with urlopen(request, timeout=10) as response:  # noqa: S310  # loopback http
            return int(response.status)
    except HTTPError as error:
        with error:
            return error.code


def test_a_number_of_another_account_is_refused(stack: Stack) -> None:
    """The account does not have it."""
    result = stack.ops("point", "+15005550099", "--dry-run")
    assert result.code == 1
    assert "the account has no number" in result.stderr


def test_doctor_finds_no_problem_in_a_healthy_stack(stack: Stack, tmp_path: Path) -> None:
    """Once the number points to the app."""
    stack.standin.configuration.number["VoiceUrl"] = "https://old.example.com"
    stack.ops("agents", "key", "alice", *NUMBERS_FILE, "--yes")
    before = stack.ops("doctor", *NUMBERS_FILE, "--json")
    stack.ops("point", NUMBER, "--yes", "--memory", str(tmp_path / "pointed.json"))
    after = stack.ops("doctor", *NUMBERS_FILE, "--json")
    names = {check["name"] for check in after.json["checks"]}
    # `make client` downloads it; the tests do not need it.
    absent = [] if files.SDK.exists() else ["voice SDK"]
    assert sorted(failed(before.json)) == sorted([NUMBER, *absent])
    assert (failed(after.json), before.code, after.code) == (absent, 1, len(absent))
    assert {"browser agents", "TwiML app", "access token", "voice SDK", "softphone page"} <= names
    assert {"settings", "queue events", "table deliveries", "secrets", "app", "signed webhook"} <= names


def failed(answer: dict[str, list[dict[str, Any]]]) -> list[str]:
    """The names of the checks that failed."""
    return [check["name"] for check in answer["checks"] if not check["ok"]]


def test_doctor_prints_what_is_wrong_and_what_to_do(stack: Stack) -> None:
    """A dead letter, a token that the app does not have, and an app that does not run: a line each."""
    add_dead_letter(stack, "m1", "{")
    other = stack.ops("doctor", *NUMBERS_FILE, "--json", TWILIO_AUTH_TOKEN="another")
    away = stack.ops("doctor", *NUMBERS_FILE, PUBLIC_BASE_URL="http://127.0.0.1:1")
    details = {check["name"]: check["detail"] for check in other.json["checks"] if not check["ok"]}
    assert "dead-letter list" in details["dead letters"]
    assert "answered 403" in details["signed webhook"]
    assert "accepts none of the auth tokens" in details["Twilio account"]
    assert away.code == 1
    assert "!!  app: the app does not answer at http://127.0.0.1:1" in away.stdout


def test_unreachable_storage_is_an_error_with_a_remedy(stack: Stack) -> None:
    """Without a traceback."""
    away = development_storage(1, 1, 1)
    result = stack.ops("deliveries", "list", "--to", new_number(), AzureWebJobsStorage=away)
    assert (result.code, result.stdout) == (1, "")
    assert "no connection: `make run`" in result.stderr or "start it with `make run`" in result.stderr
    assert "Traceback" not in result.stderr


def test_an_interrupted_command_ends_with_a_sentence(stack: Stack) -> None:
    """By Ctrl-C, in its own process: 130, no traceback, no open connection."""
    arguments = ["send-text", "--to", new_number(), "Hello", "--wait", "--local"]
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
    output = first + process.communicate(timeout=60)[1]
    assert process.returncode == 130
    assert "! interrupted" in output
    assert "Traceback" not in output
    assert "Unclosed" not in output
