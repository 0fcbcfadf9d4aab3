"""The parameters of each webhook: Twilio's names, and strings as values."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from email.utils import format_datetime

from local.twilio.records import Call, Message, Recording
from local.twilio.segments import count_segments

API_VERSION = "2010-04-01"
PLACES = ("City", "State", "Zip", "Country")


def of_call(call: Call, account_sid: str) -> dict[str, str]:
    """Return the parameters of every request within a call. https://www.twilio.com/docs/voice/twiml#request-parameters"""
    parameters = {
        "AccountSid": account_sid,
        "ApiVersion": API_VERSION,
        "CallSid": call.sid,
        "CallStatus": call.status,
        "Direction": call.direction,
        "From": call.sender,
        "To": call.to,
        "Caller": call.sender,
        "Called": call.to,
    }
    for party, address in (("From", call.sender), ("To", call.to), ("Caller", call.sender), ("Called", call.to)):
        parameters |= _places(party, address)
    if call.parent_call_sid:
        parameters["ParentCallSid"] = call.parent_call_sid
    if call.answered_by:
        parameters["AnsweredBy"] = call.answered_by
    return parameters


def of_call_progress(call: Call, account_sid: str, status: str, now: datetime) -> dict[str, str]:
    """Return the parameters of a call's status callback. `status` is its CallStatus."""
    parameters = of_call(call, account_sid) | {
        "CallStatus": status,
        "SequenceNumber": str(call.sequence),
        "Timestamp": format_datetime(now),
        "CallbackSource": "call-progress-events",
    }
    if call.ended:
        parameters |= {"CallDuration": str(call.duration), "Duration": str(-(-call.duration // 60))}
    return parameters


def of_incoming_text(message: Message, account_sid: str, opt_out_type: str) -> dict[str, str]:
    """Return the parameters of an incoming text. https://www.twilio.com/docs/messaging/guides/webhook-request"""
    parameters = {
        "AccountSid": account_sid,
        "ApiVersion": API_VERSION,
        "MessageSid": message.sid,
        "SmsMessageSid": message.sid,
        "SmsSid": message.sid,
        "SmsStatus": "received",
        "From": message.sender,
        "To": message.to,
        "Body": message.body,
        "NumSegments": str(count_segments(message.body)),
        "NumMedia": str(len(message.media)),
    }
    for index, media in enumerate(message.media):
        parameters |= {f"MediaUrl{index}": media.url, f"MediaContentType{index}": media.content_type}
    if opt_out_type:
        parameters["OptOutType"] = opt_out_type
    return parameters | _places("From", message.sender) | _places("To", message.to)


def of_message_status(message: Message, account_sid: str) -> dict[str, str]:
    """Return a text's status callback. https://www.twilio.com/docs/messaging/guides/track-outbound-message-status"""
    parameters = {
        "AccountSid": account_sid,
        "ApiVersion": API_VERSION,
        "MessageSid": message.sid,
        "MessageStatus": message.status,
        "SmsSid": message.sid,
        "SmsStatus": message.status,
        "From": message.sender,
        "To": message.to,
    }
    if message.messaging_service_sid:
        parameters["MessagingServiceSid"] = message.messaging_service_sid
    if message.error_code:
        parameters["ErrorCode"] = str(message.error_code)
    return parameters


def of_recording(
    recording: Recording, account_sid: str, status: str, url: str, *, channels: int = 1
) -> Mapping[str, str]:
    """Return the parameters of a recording's status callback; one that is `absent` has neither URL nor duration."""
    parameters = {
        "AccountSid": account_sid,
        "CallSid": recording.call_sid,
        "RecordingSid": recording.sid,
        "RecordingStatus": status,
        "RecordingSource": recording.source,
        "RecordingChannels": str(channels),
        "RecordingStartTime": format_datetime(recording.created),
    }
    if status == "completed":
        parameters |= {"RecordingUrl": url, "RecordingDuration": str(recording.seconds)}
    return parameters


def of_transcription(call: Call, recording: Recording, account_sid: str, url: str) -> dict[str, str]:
    """Return the parameters of a transcription's callback, which has `failed` where there is only sound."""
    return of_call(call, account_sid) | {
        "TranscriptionSid": "TR" + recording.sid.removeprefix("RE"),
        "TranscriptionStatus": "completed" if recording.text else "failed",
        "TranscriptionText": recording.text,
        "TranscriptionType": "fast",
        "RecordingSid": recording.sid,
        "RecordingUrl": url,
    }


def _places(party: str, address: str) -> dict[str, str]:
    """Return a number's place: only the country, and only for +1, which counts as the US."""
    country = "US" if address.startswith("+1") else ""
    return {party + place: country if place == "Country" else "" for place in PLACES}
