"""Each command's way through its states, read from the wire: the request that made it, and the callbacks after that.

A request that is tried again belongs to the same command when its status callback carries the same `id`. Whoever knows
the app's own records hands them over as `Kept`; they are shown beside what the wire tells, found by that same `id`.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from urllib.parse import parse_qs, urlsplit

from local.twilio.wire import Entry

CREATED = 201
TOO_MANY = 429
MOST_DELIVERIES = 1000
KINDS = {"Messages.json": "text", "Calls.json": "call"}
# What Twilio says of a text or a call, in the order in which it is reached; an end is never overtaken. All other states
# are of commands that Twilio has not taken, as far as is known: of those the latest counts.
ORDER = (
    "accepted", "scheduled", "queued", "initiated", "sending", "ringing", "sent", "in-progress",
    "delivered", "read", "completed", "busy", "no-answer", "undelivered", "failed", "canceled",
)  # fmt: skip


@dataclass(frozen=True)
class Step:
    """A state that was told of: by which line of the wire, and whether the app took the news.

    `line` 0 is no line: the app's own record says so.
    """

    state: str
    time: str
    line: int
    detail: str = ""
    heard: bool = True


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What the app itself says of a command, at a time.

    `kind` is `text` or `call`; `reference` is the `id` of its status callbacks without the attempt. `to` is "" for a
    message in which the app found no recipient. `attempt` counts from 0; `until` is when an open one is given up.
    """

    kind: str
    reference: str
    id: str
    to: str
    state: str
    time: str
    attempt: int = 0
    reason: str = ""
    until: str = ""

    @property
    def step(self) -> Step:
        """As part of the way."""
        return Step(self.state, self.time, 0, f"attempt {self.attempt}" if self.attempt else "")


@dataclass
class Delivery:
    """One command: `key` is what its requests have in common, `steps` what was told, in the order of telling.

    More than one SID means that Twilio took it more than once. `kept` is what the app says of it, None while it says
    nothing.
    """

    key: str
    kind: str
    to: str
    sids: list[str] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    kept: Kept | None = None

    @property
    def state(self) -> str:
        """The furthest state, in whatever order they were told; the latest one as long as Twilio has not taken it."""
        return max(reversed(self.steps), key=lambda step: _rank(step.state)).state

    def keep(self, kept: Kept) -> None:
        """Note what the app says; it is a step where that was not told by the wire."""
        before, self.kept = self.kept, kept
        repeated = before is not None and (before.state, before.attempt) == (kept.state, kept.attempt)
        if repeated or kept.state in {step.state for step in self.steps if step.line}:
            return
        self.steps.insert(bisect_right([step.time for step in self.steps], kept.time), kept.step)

    def to_json(self) -> dict[str, object]:
        """As the page is told."""
        return asdict(self) | {"state": self.state}


class Deliveries:
    """The latest that were seen on the wire, oldest first."""

    def __init__(self) -> None:
        self._by_key: dict[str, Delivery] = {}
        self._by_sid: dict[str, Delivery] = {}

    def see(self, entry: Entry) -> Delivery | None:
        """Read one line of the wire: the delivery that it is about, None for lines about other things."""
        return self._requested(entry) if entry.direction == "rest" else self._told(entry)

    def keep(self, kept: Kept) -> Delivery | None:
        """Take what the app says of a command: the delivery that it is about, None when that is no news."""
        key = f"{kept.kind} {kept.reference}"
        delivery = self._by_key.setdefault(key, Delivery(key, kept.kind, kept.to))
        if delivery.kept == kept:
            return None
        delivery.keep(kept)
        self._forget_the_oldest()
        return delivery

    def to_json(self) -> list[dict[str, object]]:
        """All, as the page is told."""
        return [delivery.to_json() for delivery in self._by_key.values()]

    def _requested(self, entry: Entry) -> Delivery | None:
        kind = KINDS.get(entry.path.rpartition("/")[2])
        if entry.method != "POST" or kind is None:
            return None
        key = f"{kind} {_reference(entry)}"
        delivery = self._by_key.setdefault(key, Delivery(key, kind, _text(entry.parameters, "To")))
        state, detail = _outcome(entry)
        delivery.steps.append(Step(state, entry.time, entry.n, detail))
        if sid := _sid(entry):
            delivery.sids.append(sid)
            self._by_sid[sid] = delivery
        self._forget_the_oldest()
        return delivery

    def _forget_the_oldest(self) -> None:
        if len(self._by_key) > MOST_DELIVERIES:
            oldest = self._by_key.pop(next(iter(self._by_key)))
            for sid in oldest.sids:
                del self._by_sid[sid]

    def _told(self, entry: Entry) -> Delivery | None:
        sid, state = _progress(entry.parameters)
        delivery = self._by_sid.get(sid) if sid else None
        if delivery is None:
            return None
        detail = _text(entry.parameters, "ErrorCode")
        delivery.steps.append(Step(state, entry.time, entry.n, detail, heard=not entry.went_wrong))
        return delivery


def _reference(entry: Entry) -> str:
    """The command's own id from its status callback, its number of attempts left aside; else this request alone."""
    query = urlsplit(_text(entry.parameters, "StatusCallback")).query
    reference = parse_qs(query).get("id", [""])[0]
    recipient, _, rest = reference.partition(".")
    _, _, command = rest.partition(".")
    return f"{recipient}.{command}" if command else f"line {entry.n}"


def _outcome(entry: Entry) -> tuple[str, str]:
    """What a request came to: its state, and Twilio's words for what is wrong."""
    answered = _json(entry.response)
    if entry.status == CREATED:
        return str(answered.get("status", "queued")), ""
    if entry.status == 0:
        return "no answer", entry.summary
    state = "throttled" if entry.status == TOO_MANY else "error" if entry.status >= 500 else "refused"
    return state, f"{answered.get('code', entry.status)} {answered.get('message', '')}".strip()


def _progress(parameters: Mapping[str, str | list[str]]) -> tuple[str, str]:
    """The SID and state that a status callback tells of."""
    if "MessageStatus" in parameters:
        return _text(parameters, "MessageSid"), _text(parameters, "MessageStatus")
    if "CallbackSource" in parameters:
        return _text(parameters, "CallSid"), _text(parameters, "CallStatus")
    return "", ""


def _sid(entry: Entry) -> str:
    return str(_json(entry.response).get("sid", "")) if entry.status in (0, CREATED) else ""


def _json(text: str) -> dict[str, object]:
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _text(parameters: Mapping[str, str | list[str]], name: str) -> str:
    value = parameters.get(name, "")
    return value if isinstance(value, str) else value[-1]


def _rank(state: str) -> int:
    return ORDER.index(state) if state in ORDER else -1
