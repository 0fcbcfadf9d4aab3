"""The demo's lines, and its messages when the app fails."""

import pytest

from local.addresses import Ports
from local.demo import Demo, to_try
from local.ports import free_port
from local.settings import development_storage
from tests.functional.twilio_standin_app import Canned, running, twiml

NOWHERE = development_storage(1, 1, 1)


async def test_calls_and_texts_that_come_in_are_shown_with_their_twiml() -> None:
    """On one line each, with how long the app took; then the queues, which are not there, are named."""
    lines: list[str] = []
    async with running() as (app, standin):
        app.answers["/api/voice/incoming"] = twiml("\n  <Say>Welcome</Say>\n  <Hangup/>\n")
        app.answers["/api/sms/incoming"] = twiml(f"<Message>{'x' * 200}</Message>")
        storage = development_storage(1, free_port(), 1)
        assert not await Demo.new(standin, storage).show(lines.append)
    call, text, queues = lines
    assert call.endswith(" ms  +15005550006 calls → <Response><Say>Welcome</Say><Hangup/></Response>")
    assert text.endswith("xxx…")
    assert queues.startswith("! storage is not running at")


async def test_a_page_that_is_open_does_not_ring_in_the_demo() -> None:
    """Scripts answer its calls: the operator's handset shows none."""
    async with running(phones=("+15005550006", "+15005550009")) as (app, standin):
        app.answers["/api/voice/incoming"] = twiml("<Dial>+15005550009</Dial>")
        app.answers["/api/sms/incoming"] = twiml("")
        standin.page_handsets.pages = 1
        await Demo.new(standin, development_storage(1, free_port(), 1)).show(lambda _: None)
        assert [handset["call"] for handset in standin.page_handsets.to_json()] == [None, None]
        (leg,) = [call for call in standin.account.calls.values() if call.parent_call_sid]
        assert leg.status == "completed"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Canned(status=500), "! +15005550006 calls: not answered: 11200 HTTP retrieval failure"),
        (Canned(status=204), "! +15005550006 calls: not answered: 12300 Invalid Content-Type"),
    ],
)
async def test_a_call_that_is_not_answered_ends_the_demo(answer: Canned, reason: str) -> None:
    """With Twilio's code: nothing that did not happen is shown as done."""
    lines: list[str] = []
    async with running() as (app, standin):
        app.answers["/api/voice/incoming"] = answer
        assert not await Demo.new(standin, NOWHERE).show(lines.append)
    (line,) = lines
    assert line.startswith(reason)


async def test_each_demo_has_a_new_mark() -> None:
    """An old message on a queue does not count as this demo's."""
    async with running() as (_, standin):
        assert Demo.new(standin, NOWHERE).mark != Demo.new(standin, NOWHERE).mark


def test_what_to_try_needs_no_ports() -> None:
    """The commands of the README, on any ports: local/run.json has them."""
    call, text, push, page = to_try(Ports(twilio=8072, queue=8001))
    assert call == "./sb local call --from +15005550006 --press 1"
    assert text == './sb local text --from +15005550006 "hours"'
    assert push == """./sb local push sms-outbox '{"to": "+15005550006", "body": "Hello world."}'"""
    assert page.startswith("http://127.0.0.1:8072 ")
