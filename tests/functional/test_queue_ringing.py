"""A caller joins a queue: the browsers of its agents ring, and whoever answers gets the caller who waited longest."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest

from switchboard.errors import StorageUnavailable
from switchboard.numbers import Numbers
from switchboard.prompts.en import PROMPTS
from tests import payloads
from tests.fake_worker import queued
from tests.fakes import CALLER, ENVIRONMENT, ORIGIN, FakeQueues, FakeServices, FakeTwilioClient
from tests.functions import deliver, post, serving
from tests.memory import NOON
from tests.numbers_files import numbers
from tests.voice_calls import only, said

OUTBOX = "call-outbox"
HOLD = payloads.read("hold")
AGAIN = HOLD.path + "&again=1"
FILE = """
caller_id = "+351210000002"
[agents]
alice = { client = "alice" }
bob = { client = "bob_2", number = "+351210000010", pin = "2468" }
carol = { number = "+351210000011", pin = "1357" }
[queues.support]
agents = ["alice", "bob", "carol"]
most_waiting = 3
[[numbers]]
number = "+15005550001"
name = "Main"
answer = { queue = "support" }
"""


def worker_with(text: str = FILE, queues: FakeQueues | None = None, **settings: str) -> FakeServices:
    """A worker with this numbers.toml."""
    read: Numbers = numbers(text)
    softphone = {"TWILIO_TWIML_APP_SID": "AP" + "0" * 32}
    return FakeServices({**ENVIRONMENT, **softphone, **settings}, numbers=read, queues=queues or FakeQueues())


@pytest.fixture(autouse=True)
def worker() -> Iterator[FakeServices]:
    """The worker that answers."""
    current = worker_with()
    with serving(current):
        yield current


def rung(current: FakeServices) -> list[dict[str, Any]]:
    """The commands on the outbox."""
    assert isinstance(current.queues, FakeQueues)
    return [json.loads(body) for body in current.queues.bodies(OUTBOX)]


async def test_each_browser_of_the_queue_rings(worker: FakeServices) -> None:
    """Once, with the queue and our number's name; the caller hears what every caller hears."""
    answer = await post(HOLD.path, HOLD.form)
    assert said(answer.text)[0] == PROMPTS.queue_position.format(position=2)
    first, second = rung(worker)
    sid = HOLD.form["CallSid"]
    assert {each: first[each] for each in ("id", "to", "from", "timeout")} == {
        "id": f"queue:{sid}:1:alice",
        "to": "client:alice?queue=support&number=Main",
        "from": "+351210000002",
        "timeout": 20,
    }
    assert (second["id"], second["to"].partition("?")[0]) == (f"queue:{sid}:1:bob_2", "client:bob_2")
    assert only(first["twiml"], "Queue").text == "support"
    assert only(first["twiml"], "Dial").attrib["action"] == f"{ORIGIN}/api/client/voice?dialled=queue"


async def test_no_number_of_the_caller_is_in_a_command(worker: FakeServices) -> None:
    """A command may go to the dead letters, whose address an operator sees."""
    await post(HOLD.path, HOLD.form)
    assert rung(worker)
    assert CALLER not in json.dumps(rung(worker))


async def test_a_caller_who_goes_on_waiting_rings_nobody_again(worker: FakeServices) -> None:
    """Each further sound is another `hold`."""
    await post(AGAIN, HOLD.form)
    assert rung(worker) == []


@pytest.mark.parametrize("form", [{"CurrentQueueSize": "4"}, {"QueueTime": "600"}])
async def test_a_caller_whom_the_queue_does_not_take_rings_nobody(worker: FakeServices, form: dict[str, str]) -> None:
    """It is full, or the time is over."""
    answer = await post(HOLD.path, HOLD.form | form)
    assert "<Leave" in answer.text
    assert rung(worker) == []


async def test_a_repeated_webhook_rings_once(worker: FakeServices) -> None:
    """The ledger knows the second command by its id; a repeated message of the queue too."""
    twilio = FakeTwilioClient()
    worker.twilio = twilio
    for _ in range(2):
        await post(HOLD.path, HOLD.form)
    assert isinstance(worker.queues, FakeQueues)
    for body in worker.queues.bodies(OUTBOX):
        await deliver(OUTBOX, body)
    called = [command.to.partition("?")[0] for command, _ in twilio.requests]
    assert called == ["client:alice", "client:bob_2"]


async def test_a_call_that_is_retried_ends_after_a_minute_too(worker: FakeServices) -> None:
    """Twilio or the account is at fault for a while: afterwards no browser rings for callers who are gone."""
    await post(HOLD.path, HOLD.form)
    command, _ = rung(worker)
    assert queued(command, OUTBOX).give_up_at == NOON + timedelta(minutes=1)


async def test_allowed_destinations_do_not_hold_for_browsers() -> None:
    """They are the app's own."""
    twilio = FakeTwilioClient()
    current = worker_with(ALLOWED_DESTINATIONS="+351")
    current.twilio = twilio
    with serving(current):
        await post(HOLD.path, HOLD.form)
        assert isinstance(current.queues, FakeQueues)
        for body in current.queues.bodies(OUTBOX):
            await deliver(OUTBOX, body)
    assert len(twilio.requests) == 2


async def test_a_failure_is_logged_and_the_caller_hears_the_music(caplog: pytest.LogCaptureFixture) -> None:
    """One line for the ringing, without a number."""
    with serving(worker_with(queues=FakeQueues(StorageUnavailable("queue storage did not answer")))):
        answer = await post(HOLD.path, HOLD.form)
    assert "<Play" in answer.text
    (line,) = (each.getMessage() for each in caplog.records if "ring" in each.getMessage())
    assert line.startswith(f"event=queue_ring_failed call={HOLD.form['CallSid']} error=StorageUnavailable")


async def test_without_a_caller_id_nobody_is_rung(caplog: pytest.LogCaptureFixture) -> None:
    """Twilio refuses such a call; a line says why no browser rings."""
    text = FILE.replace('caller_id = "+351210000002"', "").replace('number = "+15005550001"', 'number = "*"')
    current = worker_with(text, TWILIO_FROM="")
    with serving(current):
        await post(HOLD.path, HOLD.form | {"To": "sip:desk@fabrikam.net", "Called": "sip:desk@fabrikam.net"})
    assert rung(current) == []
    assert f"event=queue_not_rung call={HOLD.form['CallSid']} reason=no_caller_id" in caplog.text


async def test_without_a_softphone_nobody_is_rung() -> None:
    """No TwiML app: each such call would fail."""
    current = worker_with(TWILIO_TWIML_APP_SID="")
    with serving(current):
        await post(HOLD.path, HOLD.form)
    assert rung(current) == []


async def test_a_queue_without_browsers_rings_nobody() -> None:
    """Its agents call in."""
    current = worker_with(FILE.replace('agents = ["alice", "bob", "carol"]', 'agents = ["carol"]'))
    with serving(current):
        await post(HOLD.path, HOLD.form)
    assert rung(current) == []


async def test_long_names_still_fit_an_address_and_an_id() -> None:
    """Twilio and the ledger take so much and no more."""
    identity, queue = "a" * 121, "ü" * 64
    text = FILE.replace('"bob_2"', f'"{identity}"').replace("queues.support", f'queues."{queue}"')
    text = text.replace('queue = "support"', f'queue = "{queue}"').replace('"Main"', f'"{"é" * 64}"')
    current = worker_with(text)
    path = HOLD.path.replace("support", "%C3%BC" * 64).replace("Main", "%C3%A9" * 64)
    with serving(current):
        await post(path, HOLD.form)
    _, long = rung(current)
    assert parse_qs(long["to"].partition("?")[2])["queue"] == [queue]
    assert len(long["id"]) <= 100


async def test_an_agent_who_comes_too_late_hears_that_nobody_waits() -> None:
    """Another agent took the caller. The call of this one is ours, from our number to the browser."""
    form = {"CallSid": "CA2", "From": "+351210000002", "To": "client:alice?queue=support", "Direction": "outbound-api"}
    path = "/api/client/voice?dialled=queue"
    late = await post(path, form | {"DialCallStatus": "no-answer"})
    talked = await post(path, form | {"DialCallStatus": "completed"})
    assert (said(late.text), said(talked.text)) == ([PROMPTS.agent_nobody_waiting], [])
