"""Twilio's webhooks as structs, read once at the border, and the events that are made from them.

An absent parameter is "", because Twilio omits what does not apply. Only the parameters without which a webhook cannot
be processed (the SID of a text or a status) are required.
"""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from switchboard.addresses import Address
from switchboard.clock import timestamp
from switchboard.errors import WebhookIncomplete
from switchboard.events import Event
from switchboard.form import Form
from switchboard.signature import Verified
from switchboard.text import HELP_WORDS, START_WORDS, STOP_WORDS, keyword, whole_number

# A tap on a button or list entry. Its words are the business's own, so they are no keyword.
# https://www.twilio.com/docs/whatsapp/buttons
TAPS = frozenset({"button", "interactive"})
TAP_PARAMETERS = ("ButtonPayload", "ButtonText", "ListId", "ListTitle")

MOST_MEDIA = 10


class IncomingCall(msgspec.Struct, frozen=True, kw_only=True):
    """A call at one of its steps: the first webhook, and the actions of Gather, Dial, Record and Enqueue.

    `caller` and `called` are E.164 or a client address (`client:alice`). `dial_status` is DialCallStatus, `bridged`
    whether the two were connected (DialBridged), `queue_result` QueueResult, `queue_seconds` the time waited so far,
    `queue_position` 1 for the next caller, `queue_size` how many callers wait; both are 0 when absent.
    """

    sid: str
    caller: str
    called: str
    direction: str
    digits: str
    speech: str
    dial_status: str
    queue_result: str
    queue_position: int
    queue_seconds: int
    bridged: bool = False
    queue_size: int = 0

    @property
    def is_outbound(self) -> bool:
        """Whether we placed the call: then `caller` is our own number, and `called` the person's."""
        return self.direction.startswith("outbound")

    @classmethod
    def from_verified(cls, verified: Verified) -> IncomingCall:
        """Reads a voice webhook, from the form of a POST or the query of a GET."""
        form = verified.form or verified.query
        return cls(
            sid=form.text("CallSid"),
            caller=form.text("From"),
            called=form.text("To"),
            direction=form.text("Direction"),
            digits=form.text("Digits"),
            speech=form.text("SpeechResult"),
            dial_status=form.text("DialCallStatus"),
            queue_result=form.text("QueueResult"),
            queue_position=_number(form, "QueuePosition"),
            queue_seconds=_number(form, "QueueTime"),
            bridged=form.text("DialBridged") == "true",
            queue_size=_number(form, "CurrentQueueSize"),
        )


class Media(msgspec.Struct, frozen=True):
    """A picture or file of a text: its URL at Twilio, and its MIME type."""

    url: str
    content_type: str


class IncomingMessage(msgspec.Struct, frozen=True, kw_only=True):
    """An incoming text. `opt_out` is STOP, START or HELP when Twilio's Advanced Opt-Out recognized one, else "".

    `is_tap` is true for a choice among a message's buttons or list entries: its body was not typed.
    """

    sid: str
    sender: str
    recipient: str
    messaging_service_sid: str
    body: str
    media: tuple[Media, ...]
    opt_out: str
    is_tap: bool = False

    @classmethod
    def from_form(cls, form: Form) -> IncomingMessage:
        """Reads a messaging webhook. Raises WebhookIncomplete without a MessageSid."""
        return cls(
            sid=_required(form, "MessageSid"),
            sender=form.text("From"),
            recipient=form.text("To"),
            messaging_service_sid=form.text("MessagingServiceSid"),
            body=form.text("Body"),
            media=_media(form),
            opt_out=form.text("OptOutType"),
            is_tap=form.text("MessageType") in TAPS or any(form.text(name) for name in TAP_PARAMETERS),
        )

    @property
    def opt_out_keyword(self) -> str:
        """STOP, START or HELP when the text opts out or in, or when Twilio answers it with help; "" otherwise.

        With Advanced Opt-Out `OptOutType` decides, whatever words the account has configured. Without it the keywords
        are those of SMS and MMS. On another channel (WhatsApp, RCS) words like "Cancel" and "Yes" are answers: only a
        typed STOP opts out there.
        """
        if self.opt_out or self.is_tap:
            return self.opt_out
        word = keyword(self.body)
        if self.is_on_channel:
            return "STOP" if word == "STOP" else ""
        for meaning, words in (("STOP", STOP_WORDS), ("START", START_WORDS), ("HELP", HELP_WORDS)):
            if word in words:
                return meaning
        return ""

    @property
    def is_on_channel(self) -> bool:
        """Whether the text came by a channel other than SMS and MMS."""
        return bool(Address.parse(self.sender).scheme)

    @property
    def needs_help(self) -> bool:
        """Whether the text asks for help where Twilio does not answer that itself: typed, on a channel."""
        return self.is_on_channel and not self.opt_out and not self.is_tap and keyword(self.body) in HELP_WORDS

    def to_event(self) -> Event:
        """Returns `sms.received`."""
        return Event(
            id=f"sms.received:{self.sid}",
            kind="sms.received",
            time=_now(),
            sid=self.sid,
            sender=self.sender,
            recipient=self.recipient,
            messaging_service_sid=self.messaging_service_sid,
            body=self.body,
            media=tuple({"url": item.url, "content_type": item.content_type} for item in self.media),
            opt_out=self.opt_out,
        )


class StatusUpdate(msgspec.Struct, frozen=True, kw_only=True):
    """A new status of a text or call. `callback_id` is the `id` of our status URL, "" without one.

    `status` is Twilio's, known or not; `error_code` is 0 without an error; `duration` a call's whole seconds.
    """

    sid: str
    status: str
    callback_id: str
    sender: str
    recipient: str
    direction: str
    error_code: int
    duration: int

    @classmethod
    def of_message(cls, verified: Verified) -> StatusUpdate:
        """Reads a text's status callback. Raises WebhookIncomplete without MessageSid or MessageStatus."""
        return cls._read(verified, "MessageSid", "MessageStatus")

    @classmethod
    def of_call(cls, verified: Verified) -> StatusUpdate:
        """Reads a call's status callback. Raises WebhookIncomplete without CallSid or CallStatus."""
        return cls._read(verified, "CallSid", "CallStatus")

    @classmethod
    def _read(cls, verified: Verified, sid: str, status: str) -> StatusUpdate:
        form = verified.form
        return cls(
            sid=_required(form, sid),
            status=_required(form, status),
            callback_id=verified.query.text("id"),
            sender=form.text("From"),
            recipient=form.text("To"),
            direction=form.text("Direction"),
            error_code=_number(form, "ErrorCode"),
            duration=_number(form, "CallDuration"),
        )

    def to_text_event(self, *, retryable: bool | None) -> Event:
        """Returns `sms.status`, for a text that is no delivery of ours."""
        return self._event("sms.status", retryable=retryable)

    def to_call_event(self) -> Event:
        """Returns `call.status`, for a call in either direction that is no delivery of ours."""
        return self._event("call.status", duration=self.duration)

    def _event(self, kind: str, *, retryable: bool | None = None, duration: int | None = None) -> Event:
        return Event(
            id=f"{kind}:{self.sid}:{self.status}",
            kind=kind,
            time=_now(),
            sid=self.sid,
            state=self.status,
            sender=self.sender,
            recipient=self.recipient,
            direction=self.direction,
            duration=duration,
            error_code=self.error_code,
            retryable=retryable,
        )


class RecordingUpdate(msgspec.Struct, frozen=True, kw_only=True):
    """A recording's status: `completed`, with its URL and whole seconds, `absent` or `failed`."""

    sid: str
    call_sid: str
    status: str
    url: str
    duration: int

    @classmethod
    def from_form(cls, form: Form) -> RecordingUpdate:
        """Reads a recording's status callback. Raises WebhookIncomplete without RecordingSid or RecordingStatus."""
        return cls(
            sid=_required(form, "RecordingSid"),
            call_sid=form.text("CallSid"),
            status=_required(form, "RecordingStatus"),
            url=form.text("RecordingUrl"),
            duration=_number(form, "RecordingDuration"),
        )

    def to_event(self) -> Event:
        """Returns `recording.status`."""
        return Event(
            id=f"recording.status:{self.sid}:{self.status}",
            kind="recording.status",
            time=_now(),
            sid=self.sid,
            call_sid=self.call_sid,
            state=self.status,
            url=self.url,
            duration=self.duration,
        )


class Voicemail(msgspec.Struct, frozen=True, kw_only=True):
    """A recorded message. `sender` and `recipient` are "" where Twilio does not send them, as in recording callbacks.

    `email` is the recipient of the Twimlet's URL, `number` the name of a number of numbers.toml. `state` is the
    transcription's, completed or failed, "" for a recording; `transcription` is its text. `duration` is None where
    Twilio does not send it.
    """

    sid: str
    call_sid: str
    url: str
    email: str
    sender: str
    recipient: str
    number: str = ""
    duration: int | None = None
    state: str = ""
    transcription: str = ""

    @classmethod
    def from_verified(cls, verified: Verified) -> Voicemail:
        """Reads a recording or transcription callback. Raises WebhookIncomplete without RecordingSid or CallSid."""
        form = verified.form
        return cls(
            sid=_required(form, "RecordingSid"),
            call_sid=_required(form, "CallSid"),
            url=form.text("RecordingUrl"),
            email=verified.query.text("Email"),
            number=verified.query.text("name"),
            sender=form.text("From") or form.text("Caller"),
            recipient=form.text("To") or form.text("Called"),
            duration=whole_number(form.text("RecordingDuration")),
            state=form.text("TranscriptionStatus").lower(),
            transcription=form.text("TranscriptionText"),
        )

    def to_event(self) -> Event:
        """Returns `voicemail.received`, or for a transcription `voicemail.transcribed`."""
        kind = "voicemail.transcribed" if self.state else "voicemail.received"
        return Event(
            id=f"{kind}:{self.sid}",
            kind=kind,
            time=_now(),
            sid=self.sid,
            call_sid=self.call_sid,
            sender=self.sender,
            recipient=self.recipient,
            url=self.url,
            duration=self.duration,
            email=self.email,
            number=self.number,
            state=self.state,
            transcription=self.transcription,
        )


def _media(form: Form) -> tuple[Media, ...]:
    count = min(_number(form, "NumMedia"), MOST_MEDIA)
    return tuple(Media(form.text(f"MediaUrl{index}"), form.text(f"MediaContentType{index}")) for index in range(count))


def _number(form: Form, name: str) -> int:
    """Returns a whole number of up to nine digits; 0 when it is absent or anything else."""
    return whole_number(form.text(name)) or 0


def _required(form: Form, name: str) -> str:
    value = form.text(name)
    if not value:
        raise WebhookIncomplete(f"{name} is missing")
    return value


def _now() -> str:
    return timestamp(datetime.now(UTC))
