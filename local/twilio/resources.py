"""Resources of Twilio's REST API, as JSON. https://www.twilio.com/docs/usage/api"""

from __future__ import annotations

from datetime import datetime
from email.utils import format_datetime

from local.twilio.parameters import API_VERSION
from local.twilio.records import Call, Message, Recording
from local.twilio.segments import count_segments


def message_json(message: Message, account_sid: str) -> dict[str, object]:
    """Return a Message resource."""
    uri = f"/{API_VERSION}/Accounts/{account_sid}/Messages/{message.sid}"
    return {
        "sid": message.sid,
        "account_sid": account_sid,
        "api_version": API_VERSION,
        "body": message.body,
        "date_created": _rfc2822(message.created),
        "date_sent": _rfc2822(message.sent),
        "date_updated": _rfc2822(message.updated),
        "direction": message.direction,
        "error_code": message.error_code,
        "error_message": None,
        "from": message.sender or None,
        "messaging_service_sid": message.messaging_service_sid or None,
        "num_media": str(len(message.media)),
        "num_segments": str(count_segments(message.body)),
        "price": None,
        "price_unit": "USD",
        "status": message.status,
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": message.to,
        "uri": f"{uri}.json",
    }


def call_json(call: Call, account_sid: str) -> dict[str, object]:
    """Return a Call resource."""
    uri = f"/{API_VERSION}/Accounts/{account_sid}/Calls/{call.sid}"
    unknown = dict.fromkeys(
        ("caller_name", "forwarded_from", "group_sid", "phone_number_sid", "price", "queue_time", "trunk_sid")
    )
    return unknown | {
        "sid": call.sid,
        "account_sid": account_sid,
        "answered_by": call.answered_by or None,
        "api_version": API_VERSION,
        "date_created": _rfc2822(call.created),
        "date_updated": _rfc2822(call.updated),
        "direction": call.direction,
        "duration": str(call.duration) if call.ended else None,
        "end_time": _rfc2822(call.ended),
        "from": call.sender,
        "from_formatted": call.sender,
        "parent_call_sid": call.parent_call_sid or None,
        "price_unit": "USD",
        "start_time": _rfc2822(call.started),
        "status": call.status,
        "subresource_uris": {"recordings": f"{uri}/Recordings.json"},
        "to": call.to,
        "to_formatted": call.to,
        "uri": f"{uri}.json",
    }


def recording_json(recording: Recording, account_sid: str) -> dict[str, object]:
    """Return a Recording resource."""
    return {
        "sid": recording.sid,
        "account_sid": account_sid,
        "api_version": API_VERSION,
        "call_sid": recording.call_sid,
        "channels": 1,
        "date_created": _rfc2822(recording.created),
        "duration": str(recording.seconds),
        "source": recording.source,
        "status": "completed",
        "uri": f"/{API_VERSION}/Accounts/{account_sid}/Recordings/{recording.sid}.json",
    }


def _rfc2822(time: datetime | None) -> str | None:
    return format_datetime(time) if time else None
