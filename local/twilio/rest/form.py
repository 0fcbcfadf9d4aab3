"""The form of a REST request."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qs, urlsplit

from local.twilio.rest.errors import RestError


class Form:
    """The fields of a form, some of them repeated."""

    def __init__(self, body: str) -> None:
        self._fields = parse_qs(body, keep_blank_values=True)

    def has(self, name: str) -> bool:
        """Is the field present, even if empty?"""
        return name in self._fields

    def text(self, name: str) -> str:
        """Return the field, "" when absent."""
        return self._fields.get(name, [""])[-1]

    def texts(self, name: str) -> list[str]:
        """Return the values of a repeated field that are not empty."""
        return [value for value in self._fields.get(name, []) if value]

    def web_url(self, name: str, code: int) -> str:
        """Return an absolute web URL, "" when absent. Raises RestError with the code."""
        url = self.text(name)
        if url and not is_web_url(url):
            raise RestError(code, f"{name} is not a valid URL: {url}")
        return url

    def method(self, name: str) -> str:
        """Return GET or POST, POST when absent. Raises RestError."""
        method = (self.text(name) or "POST").upper()
        if method not in ("GET", "POST"):
            raise RestError(21209, f"Invalid {name}: {method}")
        return method

    def to_parameters(self) -> Mapping[str, str | list[str]]:
        """Return the fields for the wire."""
        return {name: values[0] if len(values) == 1 else values for name, values in self._fields.items()}


def is_web_url(url: str) -> bool:
    """Is it an http or https URL with a host?"""
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False
