"""Form encoding: the parameters of a webhook's query and body."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import unquote

import msgspec

from switchboard.errors import WebhookIncomplete
from switchboard.text import moment, whole_number

MOST_PARAMETERS = 1000
# SIDs and statuses are part of an event's id. Twilio's own have at most 34 characters.
LONGEST_WORD = 1000


def _decoded(text: str) -> str:
    spaced = text.replace("+", " ")
    return unquote(spaced, errors="strict") if "%" in spaced else spaced


class Form(dict[str, list[str]]):
    """Parameters by name, each with its values in the order of the request; blank values are kept."""

    @classmethod
    def parse(cls, encoded: str) -> Form:
        """Reads form encoding. Raises ValueError for bad UTF-8 and for more than 1,000 parameters.

        The same as urllib's parse_qsl, which decodes every text, also the many without an escape: a fifth of a webhook.
        """
        form = cls()
        if encoded.count("&") >= MOST_PARAMETERS:
            raise ValueError(f"more than {MOST_PARAMETERS} parameters")
        for pair in encoded.split("&"):
            if pair:
                name, _, value = pair.partition("=")
                form.setdefault(_decoded(name), []).append(_decoded(value))
        return form

    def getlist(self, name: str) -> list[str]:
        """Returns all values of a parameter. Twilio's validator calls this method by this name."""
        return self.get(name, [])

    def text(self, name: str) -> str:
        """Returns the first value of a parameter, "" when it is absent."""
        values = self.get(name)
        return values[0] if values else ""


class Verified(msgspec.Struct, frozen=True):
    """The parameters of a verified request: the query's, and the form's (empty for GET and JSON)."""

    query: Form
    form: Form


class FormReader:
    """Reads parameters one by one, and returns in the end those that nobody read."""

    def __init__(self, form: Form) -> None:
        self._form = form
        self._read: set[str] = set()

    def text(self, *names: str) -> str:
        """Returns the first value that is not empty under these names, the newest name first; "" without one.

        A name with another value than the returned one counts as not read.
        """
        found = next(filter(None, map(self._form.text, names)), "")
        self._read.update(name for name in names if set(self._form.getlist(name)) <= {found, ""})
        return found

    def required(self, *names: str) -> str:
        """Returns a SID or a status. Raises WebhookIncomplete when it is absent or longer than any of Twilio's."""
        value = self.text(*names)
        if not value:
            raise WebhookIncomplete(f"{names[0]} is missing")
        if len(value) > LONGEST_WORD:
            raise WebhookIncomplete(f"{names[0]} has more than {LONGEST_WORD} characters")
        return value

    def number(self, name: str) -> int | None:
        """Returns a whole number of up to nine digits; None for anything else, which counts as not read."""
        number = whole_number(self.peek(name))
        if number is not None:
            self.mark(name)
        return number

    def moment(self, name: str) -> datetime | None:
        """Returns an RFC 2822 time in UTC; None for anything else, which counts as not read."""
        found = moment(self.peek(name))
        if found is not None:
            self.mark(name)
        return found

    def peek(self, name: str) -> str:
        """Returns the first value of a parameter without counting it as read."""
        return self._form.text(name)

    def mark(self, name: str) -> None:
        """Counts a parameter as read, unless it has several values."""
        if len(self._form.getlist(name)) == 1:
            self._read.add(name)

    def rest(self) -> dict[str, str]:
        """Returns every parameter that was not read; values of one name are joined by line breaks."""
        return {name: "\n".join(values) for name, values in self._form.items() if name not in self._read}
