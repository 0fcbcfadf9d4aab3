"""Twilio as the simulation has it: what it takes, what it says of it and to whom, and what it keeps to itself."""

import itertools
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from urllib.parse import parse_qs, urlsplit

from switchboard.commands import PlaceCall, SendSms
from switchboard.delivery.record import CallbackId, DeliveryKey
from switchboard.delivery.states import Kind
from switchboard.delivery.status_reports import StatusReport
from switchboard.delivery.twilio_client import CreatedResource, TwilioResource
from switchboard.errors import (
    AccountFault,
    DestinationFault,
    NotReached,
    OptedOut,
    OutcomeUnknown,
    Rejected,
    SenderFault,
    Throttled,
    TryLater,
    TwilioError,
)
from tests.memory import NOON, HeldClock
from tests.model.stepping import Stage, Turn

RETRY_AFTER = 600.0
COURSES: dict[Kind, tuple[str, ...]] = {
    "sms": ("scheduled", "queued", "sending", "sent", "delivered"),
    "call": ("queued", "initiated", "ringing", "in-progress", "completed"),
}
FAILURES: dict[Kind, str] = {"sms": "undelivered", "call": "no-answer"}


class Answer(Enum):
    """What comes of a create."""

    TAKEN = "taken, and said so"
    TAKEN_UNHEARD = "taken, and the answer is a 5xx or lost"
    UNHEARD = "not taken, and the answer is a 5xx or lost"
    THROTTLED = "429 with Retry-After"
    NOT_REACHED = "no connection"
    TRY_LATER = "refused for now"
    REJECTED = "refused for good"
    ACCOUNT_FAULT = "the account is at fault"
    SENDER_FAULT = "the sender is at fault"
    REGION_FAULT = "the account may not text this country"


ERRORS: dict[Answer, Callable[[], TwilioError]] = {
    Answer.TAKEN_UNHEARD: lambda: OutcomeUnknown("Twilio failed", status=503),
    Answer.UNHEARD: lambda: OutcomeUnknown("Twilio failed", status=503),
    Answer.THROTTLED: lambda: Throttled("too many", code=20429, status=429, retry_after=RETRY_AFTER),
    Answer.NOT_REACHED: lambda: NotReached("no connection to Twilio"),
    Answer.TRY_LATER: lambda: TryLater("a full queue", code=21611, status=400),
    Answer.REJECTED: lambda: Rejected("no such number", code=21211, status=400),
    Answer.ACCOUNT_FAULT: lambda: AccountFault("who are you", code=20003, status=401),
    Answer.SENDER_FAULT: lambda: SenderFault("not your number", code=21606, status=400),
    Answer.REGION_FAULT: lambda: DestinationFault("not this country", code=21408, status=400),
}


@dataclass(eq=False)
class Resource:
    """A text or call at Twilio's; `reference` is None for another program's.

    `denials` is when a look for this very delivery was shown a list without it.
    """

    sid: str
    kind: Kind
    to: str
    body: str
    sender: str
    status: str
    created: datetime = NOON
    listed_from: datetime = NOON
    reference: CallbackId | None = None
    code: int = 0
    denials: list[datetime] = field(default_factory=list)

    @property
    def key(self) -> DeliveryKey | None:
        """Whose it is."""
        return self.reference.key if self.reference else None

    def is_denied_twice(self, apart: float) -> bool:
        """Whether Twilio, asked twice and so many seconds apart, knew nothing of it."""
        return any(later - first >= timedelta(seconds=apart) for first in self.denials for later in self.denials)


@dataclass
class Asked:
    """A create: when it was asked for, and what came of it."""

    at: datetime
    key: DeliveryKey
    answer: Answer | None = None


@dataclass
class ModelTwilio:
    """Twilio. `answer` is what comes of a create that arrives now; `list_errors` are the next lists'
    and `list_error` every other's.

    `lag` is how long a new resource is missing from lists, `altered` whether lists show other bodies than were sent.
    """

    clock: HeldClock
    stage: Stage
    claim_seconds: float
    settle_seconds: float
    answer: Answer = Answer.TAKEN
    list_errors: deque[TwilioError] = field(default_factory=deque)
    list_error: Callable[[], TwilioError] | None = None
    lag: float = 0.0
    altered: bool = False
    resources: list[Resource] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    callbacks: list[tuple[DeliveryKey, StatusReport]] = field(default_factory=list)
    stopped: set[tuple[str, str]] = field(default_factory=set)
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    async def send_text(self, command: SendSms, sender: str, status_callback: str, seconds: float) -> CreatedResource:
        """Create a Message."""
        reference = _reference("sms", status_callback)
        self._check_permission(reference.key, sender)
        word = "scheduled" if command.send_at else "queued"
        resource = Resource("SM", "sms", command.to, command.body, sender, word)
        return await self._create(reference, resource, seconds)

    async def place_call(
        self, command: PlaceCall, sender: str, status_callback: str, seconds: float
    ) -> CreatedResource:
        """Create a Call."""
        resource = Resource("CA", "call", command.to, "", sender, "queued")
        return await self._create(_reference("call", status_callback), resource, seconds)

    async def list_sent(self, kind: Kind, to: str, since: datetime) -> list[TwilioResource]:
        """What was sent to a number, as far as the list has caught up."""
        await Turn()
        if self.list_errors:
            raise self.list_errors.popleft()
        if self.list_error:
            raise self.list_error()
        of_number = [each for each in reversed(self.resources) if each.kind == kind and each.to == to]
        late = [each for each in of_number if each.listed_from > self.clock.now()]
        for each in late:
            if self.stage.current and each.key == self.stage.current.key:
                each.denials.append(self.clock.now())
        listed = [self._listed(each) for each in of_number if each not in late and each.created >= since]
        await Turn()
        return listed

    async def fetch(self, kind: Kind, sid: str) -> TwilioResource:
        """One text or call."""
        await Turn()
        return self._listed(self.by_sid(sid))

    async def cancel_text(self, sid: str) -> TwilioResource:
        """Cancel a scheduled text."""
        await Turn()
        resource = self.by_sid(sid)
        if resource.status != "scheduled":
            raise Rejected("too late", code=30409, status=409)
        self._say(resource, "canceled")
        await Turn()
        return self._listed(resource)

    def by_sid(self, sid: str) -> Resource:
        """The resource by this SID."""
        return next(each for each in self.resources if each.sid == sid)

    def of(self, key: DeliveryKey) -> list[Resource]:
        """What was taken of a delivery."""
        return [each for each in self.resources if each.key == key]

    def move_on(self, resource: Resource, *, fails: bool) -> None:
        """A text or call comes to its next state, or fails, and its callback is on its way."""
        course = COURSES[resource.kind]
        if resource.status not in course[:-1]:
            return
        if fails and resource.status != "scheduled":
            resource.code = 30003
            self._say(resource, FAILURES[resource.kind])
        else:
            self._say(resource, course[course.index(resource.status) + 1])

    def add_foreign(self, to: str) -> None:
        """Another program of this account texts the same number."""
        now = self.clock.now()
        self.resources.append(Resource(self._sid("SM"), "sms", to, "Of another program.", "", "sent", now, now))

    async def _create(self, reference: CallbackId, resource: Resource, seconds: float) -> CreatedResource:
        """Ask for a create: once its time is over nothing is taken, and nothing is heard."""
        asked = Asked(self.clock.now(), reference.key)
        self.asked.append(asked)
        ends = self.clock.now() + timedelta(seconds=seconds)
        await Turn()
        self._check_time(ends)
        asked.answer = answer = self.answer
        stopped = (resource.to, resource.sender) in self.stopped and resource.kind == "sms"
        if not stopped and answer in (Answer.TAKEN, Answer.TAKEN_UNHEARD):
            self._take(reference, resource)
        await Turn()
        self._check_time(ends)
        if stopped and answer in (Answer.TAKEN, Answer.TAKEN_UNHEARD):
            raise OptedOut("the recipient told this sender to stop", code=21610, status=400)
        if answer in ERRORS:
            raise ERRORS[answer]()
        return CreatedResource(resource.sid, "scheduled" if resource.status == "scheduled" else "queued")

    def _take(self, reference: CallbackId, resource: Resource) -> None:
        """Take it. Never twice: an earlier one of this delivery must have been denied twice."""
        for earlier in self.of(reference.key):
            assert earlier.is_denied_twice(self.settle_seconds), f"{reference.key.row} was taken twice"
        now = self.clock.now()
        resource.sid, resource.reference = self._sid(resource.sid), reference
        resource.created, resource.listed_from = now, now + timedelta(seconds=self.lag)
        self.resources.append(resource)
        self._say(resource, resource.status)

    def _check_permission(self, key: DeliveryKey, sender: str) -> None:
        """Whoever sends has just been told that the recipient did not stop this sender."""
        run = self.stage.current
        told = run.allowed.get((key.partition, sender)) if run else None
        assert told is not None, f"{key.row}: nobody asked whether the recipient had stopped it"
        waited = (self.clock.now() - told).total_seconds()
        assert waited <= self.claim_seconds / 4, f"{key.row}: asked {waited:.0f} s ago whether it was stopped"

    def _check_time(self, ends: datetime) -> None:
        if self.clock.now() > ends:
            raise OutcomeUnknown("no answer in time")

    def _say(self, resource: Resource, word: str) -> None:
        resource.status = word
        if resource.reference:
            attempt = resource.reference.attempt
            said = StatusReport(
                sid=resource.sid, status=word, attempt=attempt, error_code=resource.code, sender=resource.sender
            )
            self.callbacks.append((resource.reference.key, said))

    def _listed(self, resource: Resource) -> TwilioResource:
        body = f"{resource.body[:1]}***" if self.altered else resource.body
        return TwilioResource(
            sid=resource.sid,
            status=resource.status,
            direction="outbound-api",
            created=resource.created,
            body=body if resource.kind == "sms" else "",
            sender=resource.sender,
            error_code=resource.code,
        )

    def _sid(self, prefix: str) -> str:
        return f"{prefix}{next(self._numbers):032d}"


def _reference(kind: Kind, status_callback: str) -> CallbackId:
    """The delivery that a status callback's URL names."""
    reference = CallbackId.parse(kind, parse_qs(urlsplit(status_callback).query)["id"][0])
    assert reference, "the status callback names no delivery"
    return reference
