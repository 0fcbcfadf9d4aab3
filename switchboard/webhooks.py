"""Twilio's webhooks of calls and texts as structs, read once at the border. status_updates.py has those of statuses.

An absent parameter is "", because Twilio omits what does not apply. Only the SID of a text is required. `parameters`
holds every parameter that has no field.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from switchboard.addresses import Address
from switchboard.form import Form, FormReader, Verified
from switchboard.text import HELP_WORDS, START_WORDS, STOP_WORDS, keyword, whole_number

# A call has no event: its first answer, which a caller waits for, does not load them.
if TYPE_CHECKING:
    from switchboard.events import Media, SmsReceived

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
    num_segments: int = 0
    parameters: dict[str, str] = {}

    @classmethod
    def from_form(cls, form: Form) -> IncomingMessage:
        """Reads a messaging webhook. Raises WebhookIncomplete without a MessageSid."""
        reader = FormReader(form)
        return cls(
            sid=reader.required("MessageSid", "SmsMessageSid", "SmsSid"),
            sender=reader.text("From"),
            recipient=reader.text("To"),
            messaging_service_sid=reader.text("MessagingServiceSid"),
            body=reader.text("Body"),
            media=_media(reader),
            opt_out=reader.text("OptOutType"),
            # Only looked at: the event has these parameters among the others.
            is_tap=form.text("MessageType") in TAPS or any(form.text(name) for name in TAP_PARAMETERS),
            num_segments=reader.number("NumSegments") or 0,
            parameters=reader.rest(),
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

    def to_event(self) -> SmsReceived:
        """Returns `switchboard.sms.received`. Its time is now: Twilio does not say when the text came."""
        from switchboard.events import SmsReceived, SmsReceivedData

        data = SmsReceivedData(
            sid=self.sid,
            sender=self.sender,
            recipient=self.recipient,
            messaging_service_sid=self.messaging_service_sid,
            body=self.body,
            media=self.media,
            num_segments=self.num_segments,
            opt_out=self.opt_out,
            parameters=self.parameters,
        )
        return SmsReceived(id=f"sms.received:{self.sid}", time=datetime.now(UTC), subject=self.sid, data=data)


def _media(reader: FormReader) -> tuple[Media, ...]:
    """Returns the media; a NumMedia that does not count them is kept as a parameter."""
    from switchboard.events import Media

    indices = [index for index in range(MOST_MEDIA) if reader.peek(f"MediaUrl{index}")]
    if reader.peek("NumMedia") == str(len(indices)):
        reader.mark("NumMedia")
    return tuple(Media(reader.text(f"MediaUrl{index}"), reader.text(f"MediaContentType{index}")) for index in indices)


def _number(form: Form, name: str) -> int:
    """Returns a whole number of up to nine digits; 0 when it is absent or anything else."""
    return whole_number(form.text(name)) or 0
