"""The parameters of a Twimlet: those of its URL, and those that Twilio adds. Names are case-sensitive."""

from __future__ import annotations

import re
from urllib.parse import quote

import msgspec

from switchboard.form import Form
from switchboard.text import whole_number, xml_text
from switchboard.urls import split_url

# Read from a POST's form first, then from the query. All others are read from the URL only, so that nothing that
# Twilio adds to a request can replace a parameter of the URL.
IN_THE_FORM = (
    r"Dial|DialStatus|DialCallStatus|DialBridged|Digits|FailUrl|Timeout|PhoneNumbers|Options"
    r"|Recording\w*|Transcription\w*|From|To|Caller|Called|CallSid"
)
LONGEST_TIMEOUT = 600
_PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))


class Parameters(msgspec.Struct, frozen=True):
    """The parameters of one request. `problems` collects refused ones, by name and never by value."""

    query: Form
    form: Form
    problems: list[str] = msgspec.field(default_factory=list)

    def refuse(self, name: str, problem: str) -> None:
        """Adds a parameter whose value is not used to `problems`, with the reason."""
        self.problems.append(f"{name}: {problem}")

    def given(self, name: str) -> bool:
        """Returns whether the parameter is present, also when it is empty."""
        return name in self._place(name)

    def text(self, name: str) -> str:
        """Returns the value, "" when it is absent; the last of several, which in a GET is Twilio's own.

        Without the characters that XML cannot hold: a value of nothing else would make an empty element.
        """
        return xml_text(self.as_given(name))

    def as_given(self, name: str) -> str:
        """Returns the value with every character."""
        values = self._place(name).getlist(name)
        return values[-1] if values else ""

    def number(self, name: str) -> str:
        """Returns a number to dial, "" when it is absent or only white space."""
        return self.text(name).strip()

    def sentence(self, name: str) -> str:
        """Returns a text to speak or a URL to play as it is given; "" when it is only white space."""
        value = self.text(name)
        return value if value.strip() else ""

    @property
    def caller(self) -> str:
        """The caller's address: `From`, or `Caller` in its absence."""
        return self.text("From") or self.text("Caller")

    @property
    def called(self) -> str:
        """The called address: `To`, or `Called` in its absence."""
        return self.text("To") or self.text("Called")

    def items(self, name: str) -> tuple[str, ...]:
        """Returns a list, written as `Name[]=`, `Name[0]=` or `Name=`, without empty entries, in order."""
        return tuple(value for _, value in self._listed(name) if value.strip())

    def entries(self, name: str) -> dict[str, str]:
        """Returns the values written as `Name[key]=`, by key."""
        return {key: value for key, value in self._listed(name) if key}

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Returns a flag: `0`, `false`, `no` and `off` are false, other values true; the default without a value."""
        value = self.text(name).strip().lower()
        return value not in ("0", "false", "no", "off") if value else default

    def seconds(self, name: str, default: int) -> int:
        """Returns how many seconds a phone rings, 1 to 600; the default for anything else."""
        value = self.text(name).strip()
        number = whole_number(value, most_digits=3) or 0
        return number if 0 < number <= LONGEST_TIMEOUT else default

    def web_address(self, name: str) -> str:
        """Returns an http or https URL, "" when it is absent; another scheme is refused."""
        value = self.text(name)
        if value and not as_web_address(value):
            self.refuse(name, "not an http or https URL")
        return as_web_address(value)

    def _place(self, name: str) -> Form:
        """Returns the form or the query: all values of a list come from one of them."""
        if re.fullmatch(IN_THE_FORM, name) and any(_base(each) == name for each in self.form):
            return self.form
        return self.query

    def _listed(self, name: str) -> list[tuple[str, str]]:
        """Returns each value with the key in its brackets."""
        place = self._place(name)
        return [(_key(each), xml_text(value)) for each in place if _base(each) == name for value in place[each]]


def as_web_address(value: str) -> str:
    """Returns an http or https URL, encoded for a header; "" for anything else."""
    url = value.strip()
    parts = split_url(url)
    return quote(url, safe=_PRINTABLE) if parts and parts.scheme in ("http", "https") else ""


def _base(name: str) -> str:
    """Returns a name without its brackets."""
    return name.partition("[")[0] if name.endswith("]") else name


def _key(name: str) -> str:
    """Returns the key in a name's brackets."""
    return name.partition("[")[2].removesuffix("]") if name.endswith("]") else ""
