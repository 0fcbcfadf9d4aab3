"""`./sb ops` against a running stack: the real app on Azurite and Twilio's stand-in."""

from __future__ import annotations

import asyncio
import json
import tempfile
import threading
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from queue import Queue
from typing import Any, TypeVar

import msgspec
from typer.testing import CliRunner

from local.local_secrets import ensure
from local.twilio.options import Pace, StandInOptions
from local.twilio.server import StandIn
from ops.__main__ import app
from ops.deployment import Deployment
from ops.operator_services import OperatorServices
from switchboard.delivery import queued_command
from switchboard.delivery.record import DeliveryRecord
from switchboard.delivery.states import UNRESOLVED
from switchboard.delivery.transitions import move_to_dead_letter
from switchboard.queues import QUEUES, QueueMessage
from switchboard.secrets import LOCAL_SECRETS
from switchboard.settings import Settings
from tests.integration.host_process import ROOT, HostProcess, host_process
from tests.integration.queues import FREQUENT_POLLING, Queues, open_queues
from tests.ports import free_port

ACCOUNT = "AC" + "0" * 32
TOKEN = "token-of-the-test"
API_KEY = "SK" + "0" * 32
TWIML_APP = "AP" + "0" * 32
NUMBER = "+15005550001"
SECONDS = 60

T = TypeVar("T")


@dataclass(frozen=True)
class Result:
    """The exit code of a command, and its output."""

    code: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:  # noqa: ANN401  # a JSON document
        """The one JSON document on standard output."""
        return json.loads(self.stdout)


@dataclass(frozen=True)
class Stack:
    """The running parts, on their own event loop: a test waits for commands as an operator does."""

    environ: Mapping[str, str]
    host: HostProcess
    standin: StandIn
    loop: asyncio.AbstractEventLoop

    def ops(self, *arguments: str, **environ: str) -> Result:
        """Runs a command to its end, without a terminal."""
        done = CliRunner(env={**self.environ, **environ}).invoke(app, [*arguments, "--local"])
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return Result(done.exit_code, done.stdout, done.stderr)

    def do(self, work: Callable[[OperatorServices, Queues], Awaitable[T]]) -> T:
        """Prepares or reads something by the services that commands use."""

        async def done() -> T:
            services = OperatorServices(Deployment(True, self.environ))
            try:
                async with open_queues(self.environ["AzureWebJobsStorage"]) as queues:
                    return await work(services, queues)
            finally:
                await services.close()

        return asyncio.run_coroutine_threadsafe(done(), self.loop).result(SECONDS)

    def empty(self) -> None:
        """Deletes the messages on the queues and the texts at Twilio."""
        self.do(lambda _, queues: queues.empty(*QUEUES))
        self.standin.account.messages.clear()


@contextmanager
def running(connection: str) -> Iterator[Stack]:
    """Yields a running stack, in a thread."""
    up: Queue[Stack | BaseException] = Queue()
    over = asyncio.Event()

    async def run() -> None:
        try:
            async with stack(connection) as started:
                up.put(started)
                await over.wait()
        except BaseException as error:
            up.put(error)
            raise

    thread = threading.Thread(target=asyncio.run, args=(run(),), name="stack")
    thread.start()
    started = up.get(timeout=SECONDS)
    if isinstance(started, BaseException):
        raise started
    try:
        yield started
    finally:
        started.loop.call_soon_threadsafe(over.set)
        thread.join()


@asynccontextmanager
async def stack(connection: str) -> AsyncIterator[Stack]:
    """All of it, with empty queues. The app is where Twilio calls it, so what the stand-in signs is what it checks."""
    app_port, twilio_port = free_port(), free_port()
    origin, twilio = f"http://127.0.0.1:{app_port}", f"http://127.0.0.1:{twilio_port}"
    secrets_file = Path(tempfile.mkdtemp()) / LOCAL_SECRETS
    environ = {
        "LOCAL_SECRETS_FILE": str(secrets_file),
        "TWILIO_API_KEY_SID": API_KEY,
        "TWILIO_TWIML_APP_SID": TWIML_APP,
        "AzureWebJobsStorage": connection,
        "AZURE_FUNCTIONS_ENVIRONMENT": "Development",
        "TWILIO_ACCOUNT_SID": ACCOUNT,
        "TWILIO_AUTH_TOKEN": TOKEN,
        "TWILIO_API_BASE_URL": twilio,
        "TWILIO_FROM": NUMBER,
        "TWILIO_MESSAGING_SERVICE_SID": "",
        "PUBLIC_BASE_URL": origin,
        **FREQUENT_POLLING,
    }
    options = StandInOptions(
        account_sid=ACCOUNT,
        auth_token=TOKEN,
        api_key_sid=API_KEY,
        api_key_secret=ensure(secrets_file).api_key_secret,
        twiml_app_sid=TWIML_APP,
        port=twilio_port,
        app_url=origin,
        number=NUMBER,
        pace=Pace(step=0.01, ring=0.01),
    )
    async with StandIn(options) as standin, host_process(ROOT, environ, port=app_port) as host:
        yield Stack(environ, host, standin, asyncio.get_running_loop())


def new_number() -> str:
    """Returns a number that no other test uses."""
    return f"+1500{uuid.uuid4().int % 10**7:07d}"


def command(to: str, **fields: str) -> str:
    """Returns a text for `sms-outbox`."""
    return json.dumps({"id": "t1", "to": to, "body": "Hello", **fields})


def add_dead_letter(stack: Stack, message_id: str, body: str, reason: str = "for a test") -> None:
    """Adds a dead letter."""
    message = QueueMessage("sms-outbox", message_id, body.encode())
    stack.do(lambda services, _: move_to_dead_letter(services.ledger_context, message, reason))


def count_messages(stack: Stack, queue: str = "dead-letter") -> int:
    """Returns the number of messages on a queue, hidden ones included."""
    return stack.do(lambda _, queues: queues.count(queue))


def add_unresolved(stack: Stack, to: str) -> DeliveryRecord:
    """Adds an unresolved delivery: its record and its dead letter."""
    return stack.do(lambda services, _: insert_unresolved(services, to))


async def insert_unresolved(services: OperatorServices, to: str) -> DeliveryRecord:
    """Writes both."""
    message = QueueMessage("sms-outbox", "m1", command(to).encode())
    queued = queued_command.read(message, datetime.now(UTC))
    claimed = queued.claim(Settings.from_environ(services.deployment.environ), "run", datetime.now(UTC))
    record = msgspec.structs.replace(
        claimed, state=UNRESOLVED, reason="the outcome is unknown", ended_at=datetime.now(UTC)
    )
    await services.ledger.insert(record)
    await move_to_dead_letter(
        services.ledger_context, QueueMessage("sms-outbox", "m1", queued.to_json().encode()), "the outcome is unknown"
    )
    return record
