"""What a Twimlet is asked: the parameters of its URL, and those that Twilio adds. Names are case-sensitive."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

import msgspec

from switchboard.signature import Form

# What is read from a POST's form too, where it goes before the query. Everything else is the URL's alone, so that
# nothing Twilio adds to a request can stand for a setting.
IN_THE_FORM = re.compile(
    r"Dial|DialStatus|DialCallStatus|DialBridged|Digits|FailUrl|Timeout|PhoneNumbers|Options"
    r"|Recording\w*|Transcription\w*|From|To|Caller|Called|CallSid"
)
LONGEST_TIMEOUT = 600
_PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))


class Parameters(msgspec.Struct, frozen=True):
    """The parameters of one request. `problems` collects what was refused, by name and never by value."""

    query: Form
    form: Form
    problems: list[str] = msgspec.field(default_factory=list)

    def refuse(self, name: str, problem: str) -> None:
        """Note that a parameter's value is not acted on, and why."""
        self.problems.append(f"{name}: {problem}")

    def given(self, name: str) -> bool:
        """Is it there, be it empty?"""
        return name in self._place(name)

    def text(self, name: str) -> str:
        """Its value, "" when it is absent; of several the last, which with GET is Twilio's own."""
        values = self._place(name).getlist(name)
        return values[-1] if values else ""

    def items(self, name: str) -> tuple[str, ...]:
        """A list, written as `Name[]=`, `Name[0]=` or `Name=`; without its empty entries, in the order they came."""
        return tuple(value for _, value in self._listed(name) if value)

    def entries(self, name: str) -> dict[str, str]:
        """What is written as `Name[key]=`, by key."""
        return {key: value for key, value in self._listed(name) if key}

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Yes or no: `0` and `false` are no, anything else is yes, and empty or absent is the default."""
        value = self.text(name).strip().lower()
        return value not in ("0", "false") if value else default

    def seconds(self, name: str, default: int) -> int:
        """A whole number of seconds that a phone may ring, 1 to 600; anything else is the default."""
        value = self.text(name).strip()
        number = int(value) if value.isascii() and value.isdigit() and len(value) < 4 else 0
        return number if 0 < number <= LONGEST_TIMEOUT else default

    def web_address(self, name: str) -> str:
        """An http or https URL to go on at, "" when it is absent; another kind is refused."""
        value = self.text(name)
        if value and not as_web_address(value):
            self.refuse(name, "not an http or https URL")
        return as_web_address(value)

    def _place(self, name: str) -> Form:
        """Where the parameter stands: all of a list comes from one place."""
        if IN_THE_FORM.fullmatch(name) and any(_base(each) == name for each in self.form):
            return self.form
        return self.query

    def _listed(self, name: str) -> list[tuple[str, str]]:
        """Each value with what stands in its brackets."""
        place = self._place(name)
        return [(_key(each), value) for each in place if _base(each) == name for value in place[each]]


def as_web_address(value: str) -> str:
    """The URL, fit for a header, when it is http or https and names a host; "" when not."""
    url = value.strip()
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    return quote(url, safe=_PRINTABLE) if good else ""


def _base(name: str) -> str:
    """The name without its brackets."""
    return name.partition("[")[0] if name.endswith("]") else name


def _key(name: str) -> str:
    """What stands in a name's brackets."""
    return name.partition("[")[2].removesuffix("]") if name.endswith("]") else ""
