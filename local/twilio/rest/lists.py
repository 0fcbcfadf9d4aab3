"""Lists of the REST API: filters and pages. https://www.twilio.com/docs/usage/twilios-response#pagination"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Protocol, TypeVar
from urllib.parse import urlencode

from local.twilio.numbers import whole
from local.twilio.rest.errors import bad_request

DEFAULT_PAGE = 50
LARGEST_PAGE = 1000


class Resource(Protocol):
    """An item of a list."""

    @property
    def sid(self) -> str:
        """Its SID."""


R = TypeVar("R", bound=Resource)


@dataclass(frozen=True)
class TimeFilter:
    """A list filter by time: `name` is the day in UTC, `name<` and `name>` are bounds, both inclusive.

    Without a sign the time of day is ignored, because Twilio's library sends a date as its first instant. As a bound, a
    plain date is its first instant.
    """

    name: str

    def accepts(self, query: Mapping[str, str], time: datetime | None) -> bool:
        """Does the filter accept a record of that time? Without a time only an absent filter does."""
        bounds = {sign: query[self.name + sign] for sign in ("", "<", ">") if query.get(self.name + sign)}
        if time is None:
            return not bounds
        whole = time.replace(microsecond=0)
        return all(_holds(sign, whole, text) for sign, text in bounds.items())


def page(
    records: Sequence[R], query: Mapping[str, str], path: str, key: str, show: Callable[[R], dict[str, object]]
) -> dict[str, object]:
    """Return one page of a list. The next page's token is this page's last SID, so that new records shift nothing."""
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
    """Parse a time, or a date as its first instant. Raises RestError."""
    try:
        if len(text) == len("2026-01-31"):
            return datetime.combine(date.fromisoformat(text), datetime.min.time(), UTC)
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise bad_request(f"not a date or time: {text}") from error
    return time if time.tzinfo else time.replace(tzinfo=UTC)
