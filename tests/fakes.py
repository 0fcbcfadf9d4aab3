"""Edges that a test holds in its hand: what they were asked, and what they answer or raise."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from switchboard.commands import PlaceCall, SendSms
from switchboard.delivery import Outbox, Taken, Twilio
from switchboard.errors import SecretsUnavailable
from switchboard.services import Secrets, Services
from switchboard.twimlets.holdmusic import HoldMusic
from switchboard.voice import CallFlow

TOKEN = "token-of-the-test"
ORIGIN = "https://voice.example.com"
OPERATOR = "+15005550009"
BLOCKED = "+15005550666"
ENVIRONMENT: Mapping[str, str] = {
    "AZURE_FUNCTIONS_ENVIRONMENT": "Development",
    "AzureWebJobsStorage": "UseDevelopmentStorage=true",
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": TOKEN,
    "TWILIO_FROM": "+15005550001",
    "PUBLIC_BASE_URL": ORIGIN,
    "OPERATOR_NUMBER": OPERATOR,
    "BLOCKED_CALLERS": BLOCKED,
}


class FakeTwilio:
    """Takes every command, or raises `error`. `asked` holds each command with its status callback."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.asked: list[tuple[SendSms | PlaceCall, str]] = []

    async def send_text(self, command: SendSms, status_callback: str) -> Taken:
        """Take a text."""
        return self._take(command, status_callback, "SM" + "1" * 32)

    async def place_call(self, command: PlaceCall, status_callback: str) -> Taken:
        """Take a call."""
        return self._take(command, status_callback, "CA" + "1" * 32)

    def _take(self, command: SendSms | PlaceCall, status_callback: str, sid: str) -> Taken:
        self.asked.append((command, status_callback))
        if self.error is not None:
            raise self.error
        return Taken(sid, "queued")


@dataclass(frozen=True)
class Put:
    """A message that was put onto a queue."""

    queue: str
    body: str
    time_to_live: int | None


class FakeOutbox:
    """Keeps what is put onto queues in `messages`, or raises `error`."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.messages: list[Put] = []

    async def put(self, queue: str, body: str, *, time_to_live: int | None = None) -> None:
        """Keep a message."""
        if self.error is not None:
            raise self.error
        self.messages.append(Put(queue, body, time_to_live))

    async def check(self) -> None:
        """Reachable, unless there is an error."""
        if self.error is not None:
            raise self.error

    def bodies(self, queue: str) -> list[str]:
        """What lies on one queue, in the order it came."""
        return [message.body for message in self.messages if message.queue == queue]


@dataclass
class FakeHoldMusic:
    """Buckets in hand, by name; any other holds nothing. `asked` is what was looked at."""

    buckets: Mapping[str, Sequence[str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list, init=False)

    async def keys(self, bucket: str) -> Sequence[str]:
        """What the bucket holds."""
        self.asked.append(bucket)
        return self.buckets.get(bucket, ())


@dataclass
class FakeSecrets:
    """Tokens in hand. `refreshed` is what a refresh finds, `error` what every reading raises."""

    tokens: tuple[str, ...] = (TOKEN,)
    refreshed: tuple[str, ...] | None = None
    error: Exception | None = None
    refreshes: int = field(default=0, init=False)

    async def auth_tokens(self) -> tuple[str, ...]:
        """The tokens that are known."""
        if self.error is not None:
            raise self.error
        return self.tokens

    async def refreshed_auth_tokens(self) -> tuple[str, ...]:
        """The tokens that a new reading finds; they are the known ones from then on."""
        self.refreshes += 1
        if self.refreshed is not None:
            self.tokens = self.refreshed
        return await self.auth_tokens()

    async def api_key_secret(self) -> str:
        """There is no API key."""
        raise SecretsUnavailable("twilio-api-key-secret: not in the vault")

    async def check(self) -> None:
        """Reachable, unless there is an error."""
        await self.auth_tokens()


class FakeServices(Services):
    """The services of a worker, on fakes; each may be given, and so may the call flow."""

    def __init__(
        self,
        environ: Mapping[str, str] = ENVIRONMENT,
        *,
        secrets: Secrets | None = None,
        twilio: Twilio | None = None,
        outbox: Outbox | None = None,
        hold_music: HoldMusic | None = None,
        flow: CallFlow | None = None,
    ) -> None:
        super().__init__(environ)
        self.secrets = secrets or FakeSecrets()
        self.twilio = twilio or FakeTwilio()
        self.outbox = outbox or FakeOutbox()
        self.hold_music = hold_music or FakeHoldMusic()
        if flow is not None:
            self.flow = flow
