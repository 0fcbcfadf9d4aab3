"""What Twilio tells us, read once at the door: calls, texts, states.

A missing parameter is "", because Twilio leaves out what does not apply; only what every such webhook carries and we
cannot do without (the SID of a text or a state) is insisted upon.
"""

from __future__ import annotations

import msgspec

from switchboard.errors import WebhookIncomplete
from switchboard.signature import Form, Verified


class IncomingCall(msgspec.Struct, frozen=True, kw_only=True):
    """A call at any of its steps: the first webhook, and what Gather, Dial, Record and Enqueue say of their end.

    `caller` and `called` are E.164 or a client address (`client:alice`). `tries` counts how often this caller has
    been offered the menu. `dial_status` is DialCallStatus, `queue_result` QueueResult,
    `queue_seconds` the wait so far, `queue_position` 1 for the next one, 0 when not told.
    """

    sid: str
    caller: str
    called: str
    direction: str
    digits: str
    speech: str
    tries: int
    dial_status: str
    queue_result: str
    queue_position: int
    queue_seconds: int

    @classmethod
    def from_verified(cls, verified: Verified) -> IncomingCall:
        """Read the parameters of a voice webhook, from the form of a POST or the query of a GET."""
        form = verified.form or verified.query
        return cls(
            sid=form.text("CallSid"),
            caller=form.text("From"),
            called=form.text("To"),
            direction=form.text("Direction"),
            digits=form.text("Digits"),
            speech=form.text("SpeechResult"),
            tries=_number(verified.query, "tries"),
            dial_status=form.text("DialCallStatus"),
            queue_result=form.text("QueueResult"),
            queue_position=_number(form, "QueuePosition"),
            queue_seconds=_number(form, "QueueTime"),
        )


class Media(msgspec.Struct, frozen=True):
    """A picture or file that came with a text: where Twilio keeps it, and its MIME type."""

    url: str
    content_type: str


class IncomingMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A text that came in. `opt_out` is STOP, START or HELP when Twilio's Advanced Opt-Out saw one, else ""."""

    sid: str
    sender: str
    recipient: str
    messaging_service_sid: str
    body: str
    media: tuple[Media, ...]
    opt_out: str

    @classmethod
    def from_form(cls, form: Form) -> IncomingMessage:
        """Read a messaging webhook. Raises WebhookIncomplete without a MessageSid."""
        return cls(
            sid=_required(form, "MessageSid"),
            sender=form.text("From"),
            recipient=form.text("To"),
            messaging_service_sid=form.text("MessagingServiceSid"),
            body=form.text("Body"),
            media=_media(form),
            opt_out=form.text("OptOutType"),
        )


class StatusUpdate(msgspec.Struct, frozen=True, kw_only=True):
    """A state that a text or call came to. `reference` is the opaque `id` of our status URL, "" when not ours.

    `state` is Twilio's word, known or not; `error_code` 0 when there is none; `duration` a call's whole seconds.
    """

    sid: str
    state: str
    reference: str
    sender: str
    recipient: str
    direction: str
    error_code: int
    duration: int

    @classmethod
    def of_message(cls, verified: Verified) -> StatusUpdate:
        """Read a text's status callback. Raises WebhookIncomplete without MessageSid or MessageStatus."""
        return cls._read(verified, "MessageSid", "MessageStatus")

    @classmethod
    def of_call(cls, verified: Verified) -> StatusUpdate:
        """Read a call's status callback. Raises WebhookIncomplete without CallSid or CallStatus."""
        return cls._read(verified, "CallSid", "CallStatus")

    @classmethod
    def _read(cls, verified: Verified, sid: str, state: str) -> StatusUpdate:
        form = verified.form
        return cls(
            sid=_required(form, sid),
            state=_required(form, state),
            reference=verified.query.text("id"),
            sender=form.text("From"),
            recipient=form.text("To"),
            direction=form.text("Direction"),
            error_code=_number(form, "ErrorCode"),
            duration=_number(form, "CallDuration"),
        )


class RecordingUpdate(msgspec.Struct, frozen=True, kw_only=True):
    """A recording's state: `completed`, with its URL and whole seconds, `absent` or `failed`."""

    sid: str
    call_sid: str
    state: str
    url: str
    duration: int

    @classmethod
    def from_form(cls, form: Form) -> RecordingUpdate:
        """Read a recording's status callback. Raises WebhookIncomplete without RecordingSid or RecordingStatus."""
        return cls(
            sid=_required(form, "RecordingSid"),
            call_sid=form.text("CallSid"),
            state=_required(form, "RecordingStatus"),
            url=form.text("RecordingUrl"),
            duration=_number(form, "RecordingDuration"),
        )


def _media(form: Form) -> tuple[Media, ...]:
    count = min(_number(form, "NumMedia"), 10)
    return tuple(Media(form.text(f"MediaUrl{index}"), form.text(f"MediaContentType{index}")) for index in range(count))


def _number(form: Form, name: str) -> int:
    """A whole number up to nine digits; 0 when it is absent or anything else."""
    value = form.text(name)
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else 0


def _required(form: Form, name: str) -> str:
    value = form.text(name)
    if not value:
        raise WebhookIncomplete(f"{name} is missing")
    return value
