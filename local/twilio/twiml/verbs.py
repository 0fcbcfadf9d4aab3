"""The verbs of TwiML with their attributes, the outcome of each, and what follows a document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field

from local.twilio.records import Fetch


@dataclass(frozen=True)
class Say:
    """<Say>. `times` 0 means until the call ends."""

    text: str
    language: str = ""
    voice: str = ""
    times: int = 1


@dataclass(frozen=True)
class Play:
    """<Play>: a sound file, or the tones of keys."""

    url: str
    digits: str = ""
    times: int = 1


@dataclass(frozen=True)
class Pause:
    """<Pause>, in seconds."""

    seconds: int


Prompt = Say | Play | Pause


@dataclass(frozen=True, kw_only=True)
class Gather:
    """<Gather>. `most_digits` is `numDigits`, 0 for any number. With `barge_in` input interrupts the prompts."""

    prompts: tuple[Prompt, ...] = ()
    accepts: frozenset[str] = frozenset({"dtmf"})
    most_digits: int = 0
    finish_on_key: str = "#"
    seconds: int = 5
    language: str = ""
    barge_in: bool = True


@dataclass(frozen=True, kw_only=True)
class Record:
    """<Record>: ends after `most_seconds`, by a key of `finish_on_key`, or after `silence_seconds`.

    `transcription` is the URL for the transcription, "" for none.
    """

    most_seconds: int = 3600
    silence_seconds: int = 5
    finish_on_key: str = "1234567890*#"
    beep: bool = True
    transcription: str = ""
    callback: str = ""
    callback_method: str = "POST"
    callback_events: frozenset[str] = frozenset({"completed"})


@dataclass(frozen=True, kw_only=True)
class Target:
    """A noun of <Dial>: `kind` is its name, `address` the number, identity, queue or conference.

    `whisper` is the document for the callee before the connection. `parameters` are those of a client. For conferences:
    `wait` is the document with the hold music, `starts` is `startConferenceOnEnter`, `ends` is `endConferenceOnExit`.
    """

    kind: str
    address: str
    whisper: Fetch | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    status_callback: str = ""
    status_callback_method: str = "POST"
    status_callback_events: frozenset[str] = frozenset({"completed"})
    wait: Fetch | None = None
    starts: bool = True
    ends: bool = False


@dataclass(frozen=True, kw_only=True)
class Dial:
    """<Dial>: all targets ring at once, unless `sequential`, for `seconds`.

    The conversation lasts at most `most_seconds`. With `star_ends` the caller's `*` ends it; the document continues.
    """

    targets: tuple[Target, ...]
    seconds: int = 30
    most_seconds: int = 14_400
    star_ends: bool = False
    caller_id: str = ""
    sequential: bool = False
    record: str = ""
    callback: str = ""
    callback_method: str = "POST"
    callback_events: frozenset[str] = frozenset({"completed"})


@dataclass(frozen=True, kw_only=True)
class Enqueue:
    """<Enqueue>, into a queue of at most `most` callers. The `wait` document is repeated while the caller is in it."""

    queue: str
    most: int = 100
    wait: Fetch | None = None


@dataclass(frozen=True)
class Text:
    """<Sms> in a call, or <Message> in a reply. By default it goes `to` the other party, from the app's number."""

    body: str
    _: KW_ONLY
    to: str = ""
    sender: str = ""
    media: tuple[str, ...] = ()
    status_callback: str = ""


@dataclass(frozen=True)
class Redirect:
    """<Redirect> to other instructions."""

    url: str


@dataclass(frozen=True)
class Reject:
    """<Reject>: the call is not answered. `reason` is `rejected` or `busy`."""

    reason: str


@dataclass(frozen=True)
class Hangup:
    """<Hangup>."""


@dataclass(frozen=True)
class Leave:
    """<Leave>: takes the caller out of the queue."""


@dataclass(frozen=True)
class Unsupported:
    """A verb that the stand-in does not simulate, or that Twilio does not know."""

    name: str


Verb = Prompt | Gather | Record | Dial | Enqueue | Text | Redirect | Reject | Hangup | Leave | Unsupported


@dataclass(frozen=True)
class Input:
    """A caller's input to a Gather; empty after the timeout."""

    digits: str = ""
    finished_on: str = ""
    speech: str = ""
    confidence: float = 0.9


@dataclass(frozen=True)
class Recorded:
    """The recording of a Record. `digits` is the key that ended it, `hangup` when the caller hung up."""

    sid: str
    url: str
    seconds: int
    digits: str


@dataclass(frozen=True)
class Dialed:
    """The result of a Dial: Twilio's DialCallStatus, the other leg, and the conversation's seconds."""

    status: str
    sid: str = ""
    seconds: int = 0
    bridged: bool = False
    recording_url: str = ""


@dataclass(frozen=True)
class Queued:
    """The result of an Enqueue: Twilio's QueueResult, and the wait in seconds."""

    result: str
    sid: str
    seconds: int


@dataclass(frozen=True)
class Sent:
    """The text of an Sms, accepted for sending or `failed`."""

    sid: str
    status: str


Outcome = Input | Recorded | Dialed | Queued | Sent | None


@dataclass(frozen=True)
class Ended:
    """The end, with the call's status. `hangs_up` is false at the end of a document, true after a <Hangup>."""

    reason: str
    status: str = "completed"
    hangs_up: bool = True


@dataclass(frozen=True)
class Left:
    """The caller left the queue; the document with the Enqueue continues."""


Next = Fetch | Ended | Left
