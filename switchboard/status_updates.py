"""Twilio's status callbacks as structs, read once at the border, and the events that are made from them.

An absent parameter is "", because Twilio omits what does not apply. Only SID and status are required: without them an
event has no id. `parameters` holds every parameter that has no field.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec

from switchboard import events
from switchboard.form import Form, FormReader, Verified
from switchboard.text import moment
from switchboard.twilio_codes import is_retryable


class StatusUpdate(msgspec.Struct, frozen=True, kw_only=True):
    """A new status of a text or call. `callback_id` is the `id` of our status URL, "" without one.

    `status` is Twilio's, known or not; `error_code` is 0 without an error; `duration` a call's whole seconds, None
    before its end. `time` is Twilio's own, None where it does not say it: RawDlrDoneDate has no time zone.
    """

    sid: str
    status: str
    callback_id: str = ""
    sender: str = ""
    recipient: str = ""
    direction: str = ""
    messaging_service_sid: str = ""
    num_segments: int = 0
    error_code: int = 0
    duration: int | None = None
    answered_by: str = ""
    recording_url: str = ""
    time: datetime | None = None
    parameters: dict[str, str] = {}

    @classmethod
    def of_message(cls, verified: Verified) -> StatusUpdate:
        """Reads a text's status callback. Raises WebhookIncomplete without MessageSid or MessageStatus."""
        reader = FormReader(verified.form)
        sid, status = reader.required("MessageSid", "SmsSid"), reader.required("MessageStatus", "SmsStatus")
        return msgspec.structs.replace(
            cls._read(verified, reader, sid, status),
            num_segments=reader.number("NumSegments") or 0,
            messaging_service_sid=reader.text("MessagingServiceSid"),
            parameters=reader.rest(),
        )

    @classmethod
    def of_call(cls, verified: Verified) -> StatusUpdate:
        """Reads a call's status callback. Raises WebhookIncomplete without CallSid or CallStatus."""
        reader = FormReader(verified.form)
        sid, status = reader.required("CallSid"), reader.required("CallStatus")
        return msgspec.structs.replace(
            cls._read(verified, reader, sid, status),
            duration=reader.number("CallDuration"),
            answered_by=reader.text("AnsweredBy"),
            recording_url=reader.text("RecordingUrl"),
            time=reader.moment("Timestamp"),
            parameters=reader.rest(),
        )

    @classmethod
    def _read(cls, verified: Verified, reader: FormReader, sid: str, status: str) -> StatusUpdate:
        return cls(
            sid=sid,
            status=status,
            callback_id=verified.query.text("id"),
            sender=reader.text("From", "Caller"),
            recipient=reader.text("To", "Called"),
            direction=reader.text("Direction"),
            error_code=reader.number("ErrorCode") or 0,
        )

    @property
    def retryable(self) -> bool | None:
        """Whether the same text or call may succeed when it is sent again, None without an error."""
        return is_retryable(self.error_code) if self.error_code else None

    def to_text_event(self) -> events.SmsStatus:
        """Returns `switchboard.sms.status`, for a text that is no delivery of ours."""
        now = datetime.now(UTC)
        return events.SmsStatus(
            id=f"sms.status:{self.sid}:{self.status}",
            time=self.time or now,
            subject=self.sid,
            data=self.text_data(observed_at=now),
        )

    def to_call_event(self) -> events.CallStatus:
        """Returns `switchboard.call.status`, for a call in either direction that is no delivery of ours."""
        now = datetime.now(UTC)
        return events.CallStatus(
            id=f"call.status:{self.sid}:{self.status}",
            time=self.time or now,
            subject=self.sid,
            data=self.call_data(observed_at=now),
        )

    def text_data(self, *, observed_at: datetime) -> events.SmsStatusData:
        """Returns the data of a text's event."""
        return events.SmsStatusData(
            sid=self.sid,
            state=self.status,
            sender=self.sender,
            recipient=self.recipient,
            messaging_service_sid=self.messaging_service_sid,
            num_segments=self.num_segments,
            direction=self.direction,
            error_code=self.error_code,
            retryable=self.retryable,
            observed_at=observed_at,
            parameters=self.parameters,
        )

    def call_data(self, *, observed_at: datetime) -> events.CallStatusData:
        """Returns the data of a call's event."""
        return events.CallStatusData(
            sid=self.sid,
            state=self.status,
            sender=self.sender,
            recipient=self.recipient,
            direction=self.direction,
            duration=self.duration,
            answered_by=self.answered_by,
            recording_url=self.recording_url,
            error_code=self.error_code,
            retryable=self.retryable,
            observed_at=observed_at,
            parameters=self.parameters,
        )


class RecordingUpdate(msgspec.Struct, frozen=True, kw_only=True):
    """A recording's status: `completed`, with its URL and whole seconds, `absent` or `failed`.

    `time` is when the recording ended, by Twilio's start and duration; None where Twilio does not say when it started.
    """

    sid: str
    call_sid: str
    status: str
    url: str = ""
    duration: int | None = None
    error_code: int = 0
    time: datetime | None = None
    parameters: dict[str, str] = {}

    @classmethod
    def from_form(cls, form: Form) -> RecordingUpdate:
        """Reads a recording's status callback. Raises WebhookIncomplete without RecordingSid or RecordingStatus."""
        reader = FormReader(form)
        duration = reader.number("RecordingDuration")
        return cls(
            sid=reader.required("RecordingSid"),
            call_sid=reader.text("CallSid"),
            status=reader.required("RecordingStatus"),
            url=reader.text("RecordingUrl"),
            duration=duration,
            error_code=reader.number("ErrorCode") or 0,
            time=_end(moment(form.text("RecordingStartTime")), duration or 0),
            parameters=reader.rest(),
        )

    def to_event(self) -> events.RecordingStatus:
        """Returns `switchboard.recording.status`."""
        data = events.RecordingStatusData(
            sid=self.sid,
            state=self.status,
            call_sid=self.call_sid,
            url=self.url,
            duration=self.duration,
            error_code=self.error_code,
            parameters=self.parameters,
        )
        return events.RecordingStatus(
            id=f"recording.status:{self.sid}:{self.status}",
            time=self.time or datetime.now(UTC),
            subject=self.sid,
            data=data,
        )


class Voicemail(msgspec.Struct, frozen=True, kw_only=True):
    """A recorded message. `sender` and `recipient` are "" where Twilio does not send them, as in recording callbacks.

    `email` is the recipient of the Twimlet's URL, `number` the name of a number of numbers.toml. `state` is the
    transcription's, completed or failed, "" for a recording; `transcription` is its text. `duration` is None where
    Twilio does not send it. `time` is when the recording ended, as in RecordingUpdate.
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
    time: datetime | None = None
    parameters: dict[str, str] = {}

    @classmethod
    def from_verified(cls, verified: Verified) -> Voicemail:
        """Reads a recording or transcription callback. Raises WebhookIncomplete without RecordingSid or CallSid."""
        reader = FormReader(verified.form)
        duration = reader.number("RecordingDuration")
        return cls(
            sid=reader.required("RecordingSid"),
            call_sid=reader.required("CallSid"),
            url=reader.text("RecordingUrl"),
            email=verified.query.text("Email"),
            number=verified.query.text("name"),
            sender=reader.text("From", "Caller"),
            recipient=reader.text("To", "Called"),
            duration=duration,
            state=reader.text("TranscriptionStatus").lower(),
            transcription=reader.text("TranscriptionText"),
            time=_end(moment(verified.form.text("RecordingStartTime")), duration or 0),
            parameters=reader.rest(),
        )

    def to_event(self) -> events.VoicemailReceived | events.VoicemailTranscribed:
        """Returns `switchboard.voicemail.received`, or for a transcription `switchboard.voicemail.transcribed`."""
        return self._transcribed() if self.state else self._received()

    def _received(self) -> events.VoicemailReceived:
        data = events.VoicemailReceivedData(
            sid=self.sid,
            call_sid=self.call_sid,
            sender=self.sender,
            recipient=self.recipient,
            url=self.url,
            duration=self.duration,
            email=self.email,
            number=self.number,
            parameters=self.parameters,
        )
        return events.VoicemailReceived(
            id=f"voicemail.received:{self.sid}", time=self.time or datetime.now(UTC), subject=self.sid, data=data
        )

    def _transcribed(self) -> events.VoicemailTranscribed:
        data = events.VoicemailTranscribedData(
            sid=self.sid,
            state=self.state,
            call_sid=self.call_sid,
            sender=self.sender,
            recipient=self.recipient,
            url=self.url,
            email=self.email,
            number=self.number,
            transcription=self.transcription,
            parameters=self.parameters,
        )
        return events.VoicemailTranscribed(
            id=f"voicemail.transcribed:{self.sid}", time=datetime.now(UTC), subject=self.sid, data=data
        )


def _end(start: datetime | None, seconds: int) -> datetime | None:
    try:
        return start + timedelta(seconds=seconds) if start else None
    except OverflowError:
        return None
