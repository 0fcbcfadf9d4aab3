"""Deliveries as the stand-in sees them: each command's states, read from the REST requests and status callbacks.

A retried request belongs to the same delivery when its status callback carries the same `id`. Callers that can read the
app's own records add them as `AppRecord`, which the page shows beside the wire's states; the same `id` joins the two.
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
# Twilio's states of a text or a call in their order: a later one is never replaced by an earlier one. Any other state
# belongs to a command that Twilio has not accepted, as far as is known: there the latest one is current.
ORDER = (
    "accepted", "scheduled", "queued", "initiated", "sending", "ringing", "sent", "in-progress",
    "delivered", "read", "completed", "busy", "no-answer", "undelivered", "failed", "canceled",
)  # fmt: skip


@dataclass(frozen=True)
class StateChange:
    """A state that was reported. `line` is its entry on the wire, 0 for the app's own record.

    `accepted` is false when the app answered the status callback with an error.
    """

    state: str
    time: str
    line: int
    detail: str = ""
    accepted: bool = True

    def to_json(self) -> dict[str, object]:
        """Return the JSON for the page."""
        return {
            "state": self.state,
            "time": self.time,
            "line": self.line,
            "detail": self.detail,
            "accepted": self.accepted,
        }


@dataclass(frozen=True, kw_only=True)
class AppRecord:
    """The app's own record of a delivery at one time.

    `kind` is `text` or `call`; `reference` is the `id` of its status callbacks without the attempt. `to` is "" for a
    message in which the app found no recipient. `attempt` counts from 0; `until` is when the app gives an open one up.
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
    def change(self) -> StateChange:
        """The record's state as a change."""
        return StateChange(self.state, self.time, 0, f"attempt {self.attempt}" if self.attempt else "")


@dataclass(frozen=True, kw_only=True)
class Requeue:
    """The app put a command back onto its queue, where it is visible `at` a time. Kind and reference as AppRecord's."""

    kind: str
    reference: str
    at: str
    attempt: int


@dataclass
class Delivery:
    """One command: `key` is common to its requests, `changes` are its states in the order of their reports.

    More than one SID means that Twilio accepted it more than once. `record` is the app's own, None until there is one;
    `requeue` the last one of its command.
    """

    key: str
    kind: str
    to: str
    sids: list[str] = field(default_factory=list)
    changes: list[StateChange] = field(default_factory=list)
    record: AppRecord | None = None
    requeue: Requeue | None = None

    @property
    def waits(self) -> bool:
        """Is it still the app's: neither accepted by Twilio nor ended?"""
        return _rank(self.state) < 0 and (self.record is None or bool(self.record.until))

    @property
    def state(self) -> str:
        """The furthest of Twilio's states, in whatever order they came; without one, the latest state."""
        return max(reversed(self.changes), key=lambda change: _rank(change.state)).state

    def add_record(self, record: AppRecord) -> None:
        """Set the app's record. Its state becomes a change where the wire has not shown it."""
        before, self.record = self.record, record
        repeated = before is not None and (before.state, before.attempt) == (record.state, record.attempt)
        if repeated or record.state in {change.state for change in self.changes if change.line}:
            return
        self.changes.insert(bisect_right([change.time for change in self.changes], record.time), record.change)

    def to_json(self) -> dict[str, object]:
        """Return the JSON for the page."""
        return {
            "key": self.key,
            "kind": self.kind,
            "to": self.to,
            "sids": list(self.sids),
            "steps": [change.to_json() for change in self.changes],
            "kept": asdict(self.record) if self.record else None,
            "state": self.state,
            "next": asdict(self.requeue) if self.requeue and self.waits else None,
        }


class Deliveries:
    """The latest deliveries, oldest first."""

    def __init__(self) -> None:
        self._by_key: dict[str, Delivery] = {}
        self._by_sid: dict[str, Delivery] = {}

    def add_entry(self, entry: Entry) -> Delivery | None:
        """Read one request on the wire, and return its delivery; None for requests that concern no delivery."""
        return self._add_request(entry) if entry.direction == "rest" else self._add_callback(entry)

    def add_record(self, record: AppRecord) -> Delivery | None:
        """Add a record of the app, and return its delivery; None when the record is not new."""
        key = f"{record.kind} {record.reference}"
        delivery = self._by_key.setdefault(key, Delivery(key, record.kind, record.to))
        if delivery.record == record:
            return None
        delivery.add_record(record)
        self._drop_oldest()
        return delivery

    def add_requeue(self, requeue: Requeue) -> Delivery | None:
        """Add when a command comes again, and return its delivery; None for one that the page does not have."""
        delivery = self._by_key.get(f"{requeue.kind} {requeue.reference}")
        if delivery:
            delivery.requeue = requeue
        return delivery

    def to_json(self) -> list[dict[str, object]]:
        """Return the JSON for the page."""
        return [delivery.to_json() for delivery in self._by_key.values()]

    def _add_request(self, entry: Entry) -> Delivery | None:
        kind = KINDS.get(entry.path.rpartition("/")[2])
        if entry.method != "POST" or kind is None:
            return None
        key = f"{kind} {_reference(entry)}"
        delivery = self._by_key.setdefault(key, Delivery(key, kind, _text(entry.parameters, "To")))
        state, detail = _outcome(entry)
        delivery.changes.append(StateChange(state, entry.time, entry.n, detail))
        if sid := _sid(entry):
            delivery.sids.append(sid)
            self._by_sid[sid] = delivery
        self._drop_oldest()
        return delivery

    def _drop_oldest(self) -> None:
        if len(self._by_key) > MOST_DELIVERIES:
            oldest = self._by_key.pop(next(iter(self._by_key)))
            for sid in oldest.sids:
                del self._by_sid[sid]

    def _add_callback(self, entry: Entry) -> Delivery | None:
        sid, state = _reported(entry.parameters)
        delivery = self._by_sid.get(sid) if sid else None
        if delivery is None:
            return None
        detail = _text(entry.parameters, "ErrorCode")
        delivery.changes.append(StateChange(state, entry.time, entry.n, detail, accepted=not entry.failed))
        return delivery


def _reference(entry: Entry) -> str:
    """Return the status callback's `id` without the attempt; without one, a reference for this request alone."""
    query = urlsplit(_text(entry.parameters, "StatusCallback")).query
    reference = parse_qs(query).get("id", [""])[0]
    recipient, _, rest = reference.partition(".")
    _, _, command = rest.partition(".")
    return f"{recipient}.{command}" if command else f"line {entry.n}"


def _outcome(entry: Entry) -> tuple[str, str]:
    """Return the state after a REST request, and Twilio's error."""
    answered = _json(entry.response)
    if entry.status == CREATED:
        return str(answered.get("status", "queued")), ""
    if entry.status == 0:
        return "no answer", entry.summary
    state = "throttled" if entry.status == TOO_MANY else "error" if entry.status >= 500 else "refused"
    return state, f"{answered.get('code', entry.status)} {answered.get('message', '')}".strip()


def _reported(parameters: Mapping[str, str | list[str]]) -> tuple[str, str]:
    """Return the SID and state of a status callback, "" and "" for other webhooks."""
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
