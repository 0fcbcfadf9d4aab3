"""Records as the REST API shows them, and the form in which lists come. https://www.twilio.com/docs/usage/api"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.utils import format_datetime
from typing import Protocol, TypeVar
from urllib.parse import urlencode

from local.twilio.errors import bad_request
from local.twilio.numbers import whole
from local.twilio.parameters import API_VERSION
from local.twilio.records import Call, Message, Recording
from local.twilio.segments import count_segments

DEFAULT_PAGE = 50
LARGEST_PAGE = 1000
NO_TIME = datetime.min.replace(tzinfo=UTC)


class Resource(Protocol):
    """What a list is made of."""

    sid: str


R = TypeVar("R", bound=Resource)


def message_json(message: Message, account_sid: str) -> dict[str, object]:
    """A Message resource."""
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
    """A Call resource."""
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
    """A Recording resource."""
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


@dataclass(frozen=True)
class Times:
    """A filter by time: `name`, and with `<` or `>` after it, bounds that are themselves included.

    Without a bound's sign it means that day in UTC, the time of day left aside: the library sends a date as its first
    instant. As a bound a plain date is its first instant.
    """

    name: str

    def accept(self, query: Mapping[str, str], time: datetime | None) -> bool:
        """Does a record of that time belong to the list? Without a time it belongs to none that is filtered by it."""
        bounds = {sign: query[self.name + sign] for sign in ("", "<", ">") if query.get(self.name + sign)}
        if time is None:
            return not bounds
        whole = time.replace(microsecond=0)
        return all(_holds(sign, whole, text) for sign, text in bounds.items())


def page(
    records: Sequence[R], query: Mapping[str, str], path: str, key: str, show: Callable[[R], dict[str, object]]
) -> dict[str, object]:
    """One page of a list. The token of the next is the last SID of this one: records that come in between stay out."""
    size, number = _page_size(query), _whole(query.get("Page", "0"), "Page")
    token = query.get("PageToken", "").removeprefix("PA")
    start = next((index + 1 for index, record in enumerate(records) if record.sid == token), number * size)
    shown = records[start : start + size]
    more = start + size < len(records)
    return {
        key: [show(record) for record in shown],
        "page": number,
        "page_size": size,
        "start": start,
        "end": start + max(len(shown) - 1, 0),
        "uri": _uri(path, query),
        "first_page_uri": _uri(path, _filters(query), PageSize=size, Page=0),
        "next_page_uri": _uri(path, _filters(query), PageSize=size, Page=number + 1, PageToken=f"PA{shown[-1].sid}")
        if more
        else None,
        "previous_page_uri": _uri(path, _filters(query), PageSize=size, Page=number - 1) if number else None,
    }


def _page_size(query: Mapping[str, str]) -> int:
    return min(max(_whole(query.get("PageSize", str(DEFAULT_PAGE)), "PageSize"), 1), LARGEST_PAGE)


def _whole(text: str, name: str) -> int:
    number = whole(text)
    if number is None:
        raise bad_request(f"{name} is not a whole number: {text}")
    return number


def _filters(query: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in query.items() if name not in ("Page", "PageSize", "PageToken")}


def _uri(path: str, query: Mapping[str, str], **more: object) -> str:
    fields = {**query, **more}
    return f"{path}?{urlencode(fields)}" if fields else path


def _holds(sign: str, time: datetime, text: str) -> bool:
    if sign == "<":
        return time <= _instant(text)
    if sign == ">":
        return time >= _instant(text)
    return time.date() == _instant(text).date()


def _instant(text: str) -> datetime:
    """A time in UTC, or a date's first instant."""
    try:
        if len(text) == len("2026-01-31"):
            return datetime.combine(date.fromisoformat(text), datetime.min.time(), UTC)
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise bad_request(f"not a date or time: {text}") from error
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _rfc2822(time: datetime | None) -> str | None:
    return format_datetime(time) if time else None
