"""A model of Twilio: which creates it accepts, what it reports, and what its lists show."""

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
    """The result of a create."""

    ACCEPTED = "accepted and answered"
    ACCEPTED_UNANSWERED = "accepted, and the answer is a 5xx or lost"
    NOT_ACCEPTED_UNANSWERED = "not accepted, and the answer is a 5xx or lost"
    THROTTLED = "429 with Retry-After"
    NOT_REACHED = "no connection"
    TRY_LATER = "rejected for now"
    REJECTED = "rejected for good"
    ACCOUNT_FAULT = "the account is at fault"
    SENDER_FAULT = "the sender is at fault"
    REGION_FAULT = "the account may not text this country"


ERRORS: dict[Answer, Callable[[], TwilioError]] = {
    Answer.ACCEPTED_UNANSWERED: lambda: OutcomeUnknown("Twilio failed", status=503),
    Answer.NOT_ACCEPTED_UNANSWERED: lambda: OutcomeUnknown("Twilio failed", status=503),
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
    """A text or call at Twilio; `reference` is None for one of another program.

    `missing_at` are the times when a reconciliation of its delivery got a list without it.
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
    missing_at: list[datetime] = field(default_factory=list)

    @property
    def key(self) -> DeliveryKey | None:
        """Its delivery."""
        return self.reference.key if self.reference else None

    def is_missing_twice(self, apart: float) -> bool:
        """Whether two lists, this many seconds apart, did not contain it."""
        return any(later - first >= timedelta(seconds=apart) for first in self.missing_at for later in self.missing_at)


@dataclass
class CreateRequest:
    """A request to create a text or call: its time and its answer."""

    at: datetime
    key: DeliveryKey
    answer: Answer | None = None


@dataclass
class ModelTwilio:
    """Twilio. `answer` is the result of the next creates.

    `list_errors` are raised by the next lists, `list_error` by every other one. `lag` is how long a new resource is
    missing from lists, `altered` whether lists show other bodies than were sent.
    """

    clock: HeldClock
    stage: Stage
    claim_seconds: float
    settle_seconds: float
    answer: Answer = Answer.ACCEPTED
    list_errors: deque[TwilioError] = field(default_factory=deque)
    list_error: Callable[[], TwilioError] | None = None
    lag: float = 0.0
    altered: bool = False
    resources: list[Resource] = field(default_factory=list)
    requests: list[CreateRequest] = field(default_factory=list)
    callbacks: list[tuple[DeliveryKey, StatusReport]] = field(default_factory=list)
    stopped: set[tuple[str, str]] = field(default_factory=set)
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    async def send_text(self, command: SendSms, sender: str, status_callback: str, seconds: float) -> CreatedResource:
        """Creates a Message."""
        reference = _reference("sms", status_callback)
        self._check_opt_out_was_read(reference.key, sender)
        status = "scheduled" if command.send_at else "queued"
        resource = Resource("SM", "sms", command.to, command.body, sender, status)
        return await self._create(reference, resource, seconds)

    async def place_call(
        self, command: PlaceCall, sender: str, status_callback: str, seconds: float
    ) -> CreatedResource:
        """Creates a Call."""
        resource = Resource("CA", "call", command.to, "", sender, "queued")
        return await self._create(_reference("call", status_callback), resource, seconds)

    async def list_sent(self, kind: Kind, to: str, since: datetime) -> list[TwilioResource]:
        """Lists the resources of a number that are listed by now."""
        await Turn()
        if self.list_errors:
            raise self.list_errors.popleft()
        if self.list_error:
            raise self.list_error()
        of_number = [each for each in reversed(self.resources) if each.kind == kind and each.to == to]
        late = [each for each in of_number if each.listed_from > self.clock.now()]
        for each in late:
            if self.stage.current and each.key == self.stage.current.key:
                each.missing_at.append(self.clock.now())
        listed = [self._listed(each) for each in of_number if each not in late and each.created >= since]
        await Turn()
        return listed

    async def fetch(self, kind: Kind, sid: str) -> TwilioResource:
        """Returns one text or call."""
        await Turn()
        return self._listed(self.by_sid(sid))

    async def cancel_text(self, sid: str) -> TwilioResource:
        """Cancels a scheduled text."""
        await Turn()
        resource = self.by_sid(sid)
        if resource.status != "scheduled":
            raise Rejected("too late", code=30409, status=409)
        self._report(resource, "canceled")
        await Turn()
        return self._listed(resource)

    def by_sid(self, sid: str) -> Resource:
        """Returns the resource with this SID."""
        return next(each for each in self.resources if each.sid == sid)

    def of(self, key: DeliveryKey) -> list[Resource]:
        """Returns the resources of a delivery."""
        return [each for each in self.resources if each.key == key]

    def move_on(self, resource: Resource, *, fails: bool) -> None:
        """Moves a text or call to its next state, or fails it, and adds its callback."""
        course = COURSES[resource.kind]
        if resource.status not in course[:-1]:
            return
        if fails and resource.status != "scheduled":
            resource.code = 30003
            self._report(resource, FAILURES[resource.kind])
        else:
            self._report(resource, course[course.index(resource.status) + 1])

    def add_foreign(self, to: str) -> None:
        """Adds a text of another program of this account to the same number."""
        now = self.clock.now()
        self.resources.append(Resource(self._sid("SM"), "sms", to, "Of another program.", "", "sent", now, now))

    async def _create(self, reference: CallbackId, resource: Resource, seconds: float) -> CreatedResource:
        """Handles a create: once its time is over, nothing is accepted and nothing is answered."""
        request = CreateRequest(self.clock.now(), reference.key)
        self.requests.append(request)
        ends = self.clock.now() + timedelta(seconds=seconds)
        await Turn()
        self._check_time(ends)
        request.answer = answer = self.answer
        stopped = (resource.to, resource.sender) in self.stopped and resource.kind == "sms"
        if not stopped and answer in (Answer.ACCEPTED, Answer.ACCEPTED_UNANSWERED):
            self._accept(reference, resource)
        await Turn()
        self._check_time(ends)
        if stopped and answer in (Answer.ACCEPTED, Answer.ACCEPTED_UNANSWERED):
            raise OptedOut("the recipient opted out of this sender", code=21610, status=400)
        if answer in ERRORS:
            raise ERRORS[answer]()
        return CreatedResource(resource.sid, "scheduled" if resource.status == "scheduled" else "queued")

    def _accept(self, reference: CallbackId, resource: Resource) -> None:
        """Accepts a create. Never twice: two lists must not have shown an earlier one of this delivery."""
        for earlier in self.of(reference.key):
            assert earlier.is_missing_twice(self.settle_seconds), f"{reference.key.row} was accepted twice"
        now = self.clock.now()
        resource.sid, resource.reference = self._sid(resource.sid), reference
        resource.created, resource.listed_from = now, now + timedelta(seconds=self.lag)
        self.resources.append(resource)
        self._report(resource, resource.status)

    def _check_opt_out_was_read(self, key: DeliveryKey, sender: str) -> None:
        """The run that sends has just read that the recipient did not opt out of this sender."""
        run = self.stage.current
        read_at = run.allowed.get((key.partition, sender)) if run else None
        assert read_at is not None, f"{key.row}: the opt-outs were not read"
        waited = (self.clock.now() - read_at).total_seconds()
        assert waited <= self.claim_seconds / 4, f"{key.row}: the opt-outs were read {waited:.0f} s ago"

    def _check_time(self, ends: datetime) -> None:
        if self.clock.now() > ends:
            raise OutcomeUnknown("no answer in time")

    def _report(self, resource: Resource, status: str) -> None:
        resource.status = status
        if resource.reference:
            attempt = resource.reference.attempt
            report = StatusReport(
                sid=resource.sid, status=status, attempt=attempt, error_code=resource.code, sender=resource.sender
            )
            self.callbacks.append((resource.reference.key, report))

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
    """The delivery of a status callback's URL."""
    reference = CallbackId.parse(kind, parse_qs(urlsplit(status_callback).query)["id"][0])
    assert reference, "the status callback has no delivery"
    return reference
