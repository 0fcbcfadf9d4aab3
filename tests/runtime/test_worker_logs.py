"""What the worker forwards to Azure's logs at its level: never a phone number, a body or a token."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from urllib.parse import quote_plus, urlencode, urlsplit

import pytest
from aiohttp import web

from switchboard.adapters.twilio_api import TwilioApi
from switchboard.errors import OutcomeUnknown, Rejected
from switchboard.services import Services
from tests import payloads
from tests.fakes import ENVIRONMENT, TOKEN, FakeQueues, FakeTwilioClient
from tests.functions import FORM, INTERNAL, serving, sign
from tests.memory import MemoryLedger, MemoryOptOuts
from tests.runtime.worker import Invocation, Worker, http_request, queue_message

NUMBER = "+15005550006"
WORDS = "the words of this text"
COMMANDS = {
    "send_sms": f'{{"to": "{NUMBER}", "body": "{WORDS}", "id": "t1"}}',
    "place_call": f'{{"to": "{NUMBER}", "say": "{WORDS}", "id": "c1"}}',
}
QUOTING = f"no {NUMBER}: {WORDS} ({TOKEN})"
TALKATIVE = ("azure.core.pipeline.policies.http_logging_policy", "twilio.async_http_client", "twilio.http_client")
ERRORS = (
    None,
    Rejected("Twilio answered with an error", code=21211, status=400, twilio_message=QUOTING),
    OutcomeUnknown("Twilio answered with an error", status=500, twilio_message=QUOTING),
    RuntimeError(QUOTING),
)


class Forwarded(logging.Handler):
    """A handler in place of the worker's own: it keeps each line as the host would get it."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keeps a record's message, with its traceback."""
        self.lines.append(self.format(record))

    def assert_has_none_of(self, invocation: Invocation, *secrets: str) -> None:
        """No forwarded line, and no error that the host logs, contains a secret."""
        text = "\n".join([*self.lines, invocation.error])
        assert [secret for secret in (*secrets, TOKEN) if secret in text] == []


@pytest.fixture
def forwarded() -> Iterator[Forwarded]:
    """Everything that is logged during a test, with the root logger as the worker sets it."""
    root, handler = logging.getLogger(), Forwarded()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield handler
    root.setLevel(level)
    root.removeHandler(handler)


@asynccontextmanager
async def rest_api(status: int, body: dict[str, object]) -> AsyncIterator[Services]:
    """Services with the real REST adapter, for a server with one answer."""

    async def answer(_: web.Request) -> web.StreamResponse:
        return web.json_response(body, status=status)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    app_services = Services({**ENVIRONMENT, "TWILIO_API_BASE_URL": f"http://127.0.0.1:{runner.addresses[0][1]}"})
    app_services.queues = FakeQueues()
    app_services.ledger, app_services.opt_outs = MemoryLedger(), MemoryOptOuts()
    api = app_services.twilio = TwilioApi(app_services.settings, app_services.secrets)
    try:
        yield app_services
    finally:
        await api.close()
        await runner.cleanup()


async def test_what_the_app_logs_is_forwarded(worker: Worker, forwarded: Forwarded) -> None:
    """A line of ours at the worker's level, with the ids of its message."""
    await worker.invoke("send_sms", queue_message(COMMANDS["send_sms"]))
    assert any(line.startswith("event=command_accepted queue=sms-outbox id=sms:t1") for line in forwarded.lines)


async def test_a_failed_invocation_is_forwarded_with_its_traceback(
    worker: Worker, twilio: FakeTwilioClient, forwarded: Forwarded
) -> None:
    """The worker logs what a function raises, so that must contain nothing of its cause."""
    twilio.error = RuntimeError(QUOTING)
    invocation = await worker.invoke("send_sms", queue_message(COMMANDS["send_sms"]))
    assert "TryAgain: RuntimeError" in invocation.error
    assert any("Traceback" in line and "TryAgain: RuntimeError" in line for line in forwarded.lines)


@pytest.mark.usefixtures("worker")
@pytest.mark.parametrize("name", TALKATIVE)
def test_a_librarys_record_of_its_requests_is_not_forwarded(forwarded: Forwarded, name: str) -> None:
    """At the worker's level these lines contain URLs and parameters, with numbers."""
    logging.getLogger(name).info("To: %s", NUMBER)
    assert forwarded.lines == []


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("name", COMMANDS)
async def test_a_command_leaves_no_trace_of_its_content(
    worker: Worker, twilio: FakeTwilioClient, forwarded: Forwarded, name: str, error: Exception | None
) -> None:
    """Accepted, or failed with an error that quotes it."""
    twilio.error = error
    invocation = await worker.invoke(name, queue_message(COMMANDS[name]))
    forwarded.assert_has_none_of(invocation, NUMBER, WORDS)


@pytest.mark.parametrize("name", COMMANDS)
async def test_a_refused_command_leaves_no_trace_of_its_content(
    worker: Worker, forwarded: Forwarded, name: str
) -> None:
    """The log has the field; only the sender's event has the value."""
    body = COMMANDS[name].replace(NUMBER, "0912-345-678")
    invocation = await worker.invoke(name, queue_message(body))
    forwarded.assert_has_none_of(invocation, "0912-345-678", WORDS)


@pytest.mark.parametrize("name", ["send_sms_poison", "place_call_poison"])
@pytest.mark.parametrize("error", [None, RuntimeError(QUOTING)], ids=["moved", "not moved"])
async def test_a_poison_message_leaves_no_trace_of_its_content(
    worker: Worker, queues: FakeQueues, forwarded: Forwarded, name: str, error: Exception | None
) -> None:
    """Its id and queue identify it."""
    queues.error = error
    invocation = await worker.invoke(name, queue_message(COMMANDS["send_sms"]))
    forwarded.assert_has_none_of(invocation, NUMBER, WORDS)


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (201, {"sid": "SM" + "1" * 32, "status": "queued", "to": NUMBER, "body": WORDS}),
        (400, {"code": 21211, "message": QUOTING, "status": 400}),
        (503, {"code": 20503, "message": QUOTING, "status": 503}),
    ],
)
@pytest.mark.parametrize("name", COMMANDS)
async def test_a_command_that_goes_out_by_the_network_leaves_no_trace(
    worker: Worker, forwarded: Forwarded, name: str, status: int, answer: dict[str, object]
) -> None:
    """Neither the REST adapter nor its libraries log request or answer."""
    async with rest_api(status, answer) as app_services:
        with serving(app_services):
            invocation = await worker.invoke(name, queue_message(COMMANDS[name]))
    assert invocation.ok
    forwarded.assert_has_none_of(invocation, NUMBER, NUMBER.removeprefix("+"), WORDS, quote_plus(WORDS))


@pytest.mark.parametrize("name", payloads.NAMES)
async def test_a_refused_webhook_leaves_no_trace_of_its_content(
    worker: Worker, forwarded: Forwarded, name: str
) -> None:
    """The log has its function and the reason."""
    payload = payloads.read(name)
    body = urlencode(payload.form).encode()
    request = http_request("POST", INTERNAL + payload.path, {"Content-Type": FORM, "X-Twilio-Signature": "x"}, body)
    invocation = await worker.invoke(worker.behind(urlsplit(payload.path).path), request)
    forwarded.assert_has_none_of(invocation, *contents(payload.form))


@pytest.mark.parametrize("name", payloads.NAMES)
async def test_an_answered_webhook_leaves_no_trace_of_its_content(
    worker: Worker, forwarded: Forwarded, name: str
) -> None:
    """Its content is in the answer and on `events` only."""
    payload = payloads.read(name)
    body = urlencode(payload.form)
    headers = {"Content-Type": FORM, "X-Twilio-Signature": sign(payload.path, body)}
    request = http_request("POST", INTERNAL + payload.path, headers, body.encode())
    invocation = await worker.invoke(worker.behind(urlsplit(payload.path).path), request)
    forwarded.assert_has_none_of(invocation, *contents(payload.form))


def contents(form: dict[str, str]) -> list[str]:
    """The parts of a webhook that a log must not contain."""
    telling = ("From", "To", "Caller", "Called", "Body", "Digits", "SpeechResult")
    return [form[name] for name in telling if len(form.get(name, "")) > 3]
