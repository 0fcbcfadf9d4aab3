"""What performing TwiML consists of: steps, what may come of them, and what comes next."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass

from local.twilio.records import Fetch


@dataclass(frozen=True)
class Say:
    """Speech. `times` 0 means until the call ends."""

    text: str
    language: str = ""
    voice: str = ""
    times: int = 1


@dataclass(frozen=True)
class Play:
    """A sound file, or keys' tones."""

    url: str
    digits: str = ""
    times: int = 1


@dataclass(frozen=True)
class Pause:
    """Silence, in seconds."""

    seconds: int


Prompt = Say | Play | Pause


@dataclass(frozen=True, kw_only=True)
class Gather:
    """A question. `most_digits` 0 is any number of them. With `barge_in` an answer breaks the prompts off."""

    prompts: tuple[Prompt, ...] = ()
    accepts: frozenset[str] = frozenset({"dtmf"})
    most_digits: int = 0
    finish_on_key: str = "#"
    seconds: int = 5
    language: str = ""
    barge_in: bool = True


@dataclass(frozen=True, kw_only=True)
class Record:
    """A message to be recorded: how long at most, ended by which keys or how many seconds of silence.

    `transcription` is the URL that hears what was said, "" when that is not wanted.
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
    """Whom to dial: `kind` is the noun, `address` the number, identity, queue or room.

    `whisper` is asked for on the callee's leg before the two are connected. A conference has music of its own to `wait`
    with; who `starts` it lets it begin, and when one leaves who `ends` it, it is over for all.
    """

    kind: str
    address: str
    whisper: Fetch | None = None
    status_callback: str = ""
    status_callback_method: str = "POST"
    status_callback_events: frozenset[str] = frozenset({"completed"})
    wait: Fetch | None = None
    starts: bool = True
    ends: bool = False


@dataclass(frozen=True, kw_only=True)
class Dial:
    """A connection to somebody else: all targets ring at once, unless `sequential`.

    It lasts `most_seconds`; with `star_ends` the caller's `*` ends it, and the document goes on for them.
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
    """A place in a queue that takes `most` callers. `wait` is asked for again and again while the caller is in it."""

    queue: str
    most: int = 100
    wait: Fetch | None = None


@dataclass(frozen=True)
class Text:
    """A text to be sent: by <Sms> in a call, by <Message> in answer to one. "" is the other party, or oneself."""

    body: str
    _: KW_ONLY
    to: str = ""
    sender: str = ""
    media: tuple[str, ...] = ()
    status_callback: str = ""


@dataclass(frozen=True)
class Redirect:
    """Other instructions."""

    url: str


@dataclass(frozen=True)
class Reject:
    """The call is not answered. `reason` is `rejected` or `busy`."""

    reason: str


@dataclass(frozen=True)
class Hangup:
    """The call ends."""


@dataclass(frozen=True)
class Leave:
    """The caller leaves the queue they wait in."""


@dataclass(frozen=True)
class Unsupported:
    """A verb of Twilio's that the stand-in does not act out, or one that Twilio does not know."""

    verb: str


Step = Prompt | Gather | Record | Dial | Enqueue | Text | Redirect | Reject | Hangup | Leave | Unsupported


@dataclass(frozen=True)
class Input:
    """What a caller pressed or said; both empty when nothing came in time."""

    digits: str = ""
    finished_on: str = ""
    speech: str = ""
    confidence: float = 0.9


@dataclass(frozen=True)
class Recorded:
    """A recording that was made. `digits` is the key that ended it, `hangup` when the caller's hanging up did."""

    sid: str
    url: str
    seconds: int
    digits: str


@dataclass(frozen=True)
class Dialed:
    """How a dial ended: Twilio's DialCallStatus, the other leg, and how long they spoke."""

    status: str
    sid: str = ""
    seconds: int = 0
    bridged: bool = False
    recording_url: str = ""


@dataclass(frozen=True)
class Queued:
    """How waiting in a queue ended: Twilio's QueueResult, and the wait in seconds."""

    result: str
    sid: str
    seconds: int


@dataclass(frozen=True)
class Sent:
    """A text that was taken for sending."""

    sid: str
    status: str


Outcome = Input | Recorded | Dialed | Queued | Sent | None


@dataclass(frozen=True)
class Ended:
    """Nothing comes next. `status` is what the call ends as; without `hangs_up` the document merely came to its end."""

    reason: str
    status: str = "completed"
    hangs_up: bool = True


@dataclass(frozen=True)
class Left:
    """The caller left the queue; the document that put them there goes on."""


Next = Fetch | Ended | Left
