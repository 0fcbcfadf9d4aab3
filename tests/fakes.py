"""Fakes of the adapters: they record requests, and return or raise what a test sets."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from switchboard.clock import Clock, SystemClock
from switchboard.commands import PlaceCall, SendSms
from switchboard.delivery.ledger import Ledger, OptOuts
from switchboard.delivery.states import Kind
from switchboard.delivery.twilio_client import CreatedResource, TwilioClient, TwilioResource
from switchboard.errors import AccountFault, SecretsUnavailable, StorageUnavailable
from switchboard.numbers import Numbers
from switchboard.queues import EVENTS, QueueDepth, QueueWriter
from switchboard.secrets import Secrets
from switchboard.services import Services
from switchboard.twimlets.holdmusic import HoldMusic
from tests import published
from tests.memory import MemoryLedger, MemoryOptOuts

TOKEN = "token-of-the-test"
ORIGIN = "https://voice.example.com"
OPERATOR = "+15005550009"
CALLER = "+15005550010"
BLOCKED = "+15005550666"
ENVIRONMENT: Mapping[str, str] = {
    "AZURE_FUNCTIONS_ENVIRONMENT": "Development",
    "AzureWebJobsStorage": "UseDevelopmentStorage=true",
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": TOKEN,
    "TWILIO_FROM": "+15005550001",
    "PUBLIC_BASE_URL": ORIGIN,
    "OPERATOR_NUMBER": OPERATOR,
}


# The call in which the voicemail of tests/payloads/ was left.
VOICEMAIL_CALL = TwilioResource(
    sid="CAa1b2c3d4a1b2c3d4a1b2c3d4a1b2c3d4",
    status="completed",
    direction="inbound",
    created=None,
    sender=CALLER,
    recipient="+15005550001",
)
# The number that the tests call does what this file says. There is no flows.py beside it.
NUMBERS = Path(__file__).with_name("numbers.toml")


class FakeTwilioClient:
    """Takes every command, or raises `error`. `asked` holds each command with its status callback.

    `requests` has each command with its status callback, `senders` and `seconds` are those of each request. `list` is
    Twilio's list, for every number; `canceled` has the SIDs of cancellations. `meanwhile` runs during a create.
    """

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.requests: list[tuple[SendSms | PlaceCall, str]] = []
        self.senders: list[str] = []
        self.seconds: list[float] = []
        self.list: list[TwilioResource] = []
        self.canceled: list[str] = []
        self.fetched = 0
        self.first_status = "queued"
        self.meanwhile: Callable[[], Awaitable[object]] | None = None

    async def send_text(self, command: SendSms, sender: str, status_callback: str, seconds: float) -> CreatedResource:
        """Records a text."""
        return await self._create(command, sender, status_callback, seconds, "SM")

    async def place_call(
        self, command: PlaceCall, sender: str, status_callback: str, seconds: float
    ) -> CreatedResource:
        """Records a call."""
        return await self._create(command, sender, status_callback, seconds, "CA")

    async def list_sent(self, kind: Kind, to: str, since: datetime) -> list[TwilioResource]:
        """Returns `list`, without resources created before `since`."""
        if self.error is not None:
            raise self.error
        return [each for each in self.list if each.created is None or each.created >= since]

    async def fetch(self, kind: Kind, sid: str) -> TwilioResource:
        """One of its list, or the call of the voicemail."""
        self.fetched += 1
        if self.error is not None:
            raise self.error
        for each in (*self.list, VOICEMAIL_CALL):
            if each.sid == sid:
                return each
        raise AccountFault("Twilio answered with an error", code=20404, status=404)

    async def cancel_text(self, sid: str) -> TwilioResource:
        """Records a cancellation."""
        if self.error is not None:
            raise self.error
        self.canceled.append(sid)
        return TwilioResource(sid=sid, status="canceled", direction="outbound-api", created=None)

    async def _create(
        self, command: SendSms | PlaceCall, sender: str, status_callback: str, seconds: float, prefix: str
    ) -> CreatedResource:
        self.requests.append((command, status_callback))
        self.senders.append(sender)
        self.seconds.append(seconds)
        if self.meanwhile is not None:
            await self.meanwhile()
        if self.error is not None:
            raise self.error
        return CreatedResource(f"{prefix}{len(self.requests):032d}", self.first_status)


@dataclass(frozen=True)
class Put:
    """A message that was put on a queue."""

    queue: str
    body: str
    time_to_live: int | None
    delay: float = 0


class FakeQueues:
    """Records messages in `messages`, or raises `error`; writing to a queue in `broken` fails.

    An event that is not valid by its schema fails the test that publishes it.
    """

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.messages: list[Put] = []
        self.broken: set[str] = set()

    async def put(self, queue: str, body: str, *, time_to_live: int | None = None, delay: float = 0) -> None:
        """Records a message."""
        if self.error is not None:
            raise self.error
        if queue in self.broken:
            raise StorageUnavailable(f"queue {queue} did not take a message")
        if queue == EVENTS:
            published.read(body)
        self.messages.append(Put(queue, body, time_to_live, delay))

    async def depth(self, queue: str) -> QueueDepth:
        """Counts the messages of a queue."""
        if self.error is not None:
            raise self.error
        return QueueDepth(len(self.bodies(queue)), None)

    async def check(self) -> None:
        """Raises `error` if there is one."""
        if self.error is not None:
            raise self.error

    def bodies(self, queue: str) -> list[str]:
        """Returns the bodies of one queue, in order."""
        return [message.body for message in self.messages if message.queue == queue]


@dataclass
class FakeHoldMusic:
    """Buckets by name; every other bucket is empty. `requested` are the buckets that were listed."""

    buckets: Mapping[str, Sequence[str]] = field(default_factory=dict)
    requested: list[str] = field(default_factory=list, init=False)

    async def keys(self, bucket: str) -> Sequence[str]:
        """Returns the keys of a bucket."""
        self.requested.append(bucket)
        return self.buckets.get(bucket, ())


@dataclass
class FakeSecrets:
    """Tokens of a test. `refreshed` are the tokens after a refresh, `error` is raised by every method."""

    tokens: tuple[str, ...] = (TOKEN,)
    refreshed: tuple[str, ...] | None = None
    error: Exception | None = None
    shared: tuple[str, ...] = ()
    refreshed_shared: tuple[str, ...] | None = None
    api_key: str = ""
    keys: str = ""
    refreshes: int = field(default=0, init=False)
    shared_reads: int = field(default=0, init=False)

    async def auth_tokens(self) -> tuple[str, ...]:
        """Returns the current tokens."""
        if self.error is not None:
            raise self.error
        return self.tokens

    async def refreshed_auth_tokens(self) -> tuple[str, ...]:
        """Replaces the tokens by `refreshed`, if set, and returns them."""
        self.refreshes += 1
        if self.refreshed is not None:
            self.tokens = self.refreshed
        return await self.auth_tokens()

    async def shared_keys(self) -> tuple[str, ...]:
        """The shared keys that are known."""
        self.shared_reads += 1
        if self.error is not None:
            raise self.error
        return self.shared

    async def refreshed_shared_keys(self) -> tuple[str, ...]:
        """The shared keys that a new reading finds."""
        if self.refreshed_shared is not None:
            self.shared = self.refreshed_shared
        return await self.shared_keys()

    async def api_key_secret(self) -> str:
        """Returns the secret of the API key; raises without one."""
        if not self.api_key:
            raise SecretsUnavailable("twilio-api-key-secret: not in the vault")
        return self.api_key

    async def agent_keys(self) -> str:
        """Returns the JSON of the agents' keys."""
        if self.error is not None:
            raise self.error
        return self.keys

    async def check(self) -> None:
        """Raises `error` if there is one."""
        await self.auth_tokens()


@dataclass
class StoppedClock(SystemClock):
    """A clock that shows one moment."""

    moment: datetime

    def now(self) -> datetime:
        """The moment."""
        return self.moment


class FakeServices(Services):
    """The services of a worker, on fakes; each may be given, and so may numbers.toml."""

    def __init__(
        self,
        environ: Mapping[str, str] = ENVIRONMENT,
        *,
        secrets: Secrets | None = None,
        twilio: TwilioClient | None = None,
        queues: QueueWriter | None = None,
        ledger: Ledger | None = None,
        opt_outs: OptOuts | None = None,
        hold_music: HoldMusic | None = None,
        hours_clock: Clock | None = None,
        numbers: Numbers | None = None,
    ) -> None:
        super().__init__(environ, hours_clock=hours_clock, numbers_file=NUMBERS)
        self.secrets = secrets or FakeSecrets()
        self.twilio = twilio or FakeTwilioClient()
        self.queues = queues or FakeQueues()
        self.ledger = ledger or MemoryLedger()
        self.opt_outs = opt_outs or MemoryOptOuts()
        if isinstance(self.queues, FakeQueues):
            self.gauge = self.queues
        self.hold_music = hold_music or FakeHoldMusic()
        if numbers is not None:
            self.numbers = numbers
