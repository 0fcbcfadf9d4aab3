"""`${SETTING}` in any string of the file: replaced by the setting, never by a secret. `$${` is a literal `${`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from switchboard.numbers.positions import Path
from switchboard.numbers.problems import Problems
from switchboard.text import NOT_XML, xml_text

_NAME = r"[A-Za-z_][A-Za-z0-9_]*"
_REFERENCE = r"\$(\$\{)|\$\{([^}]*)(\}?)"
# Settings that hold secrets: ours, the Functions host's, and what is named like one.
_SENSITIVE = (
    r"TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL|CONNECTION|SIGNATURE|IDENTITY_HEADER|ENCRYPTION|(^|_)(KEY|KEYS|SAS)$"
    r"|^AZUREWEBJOBS"
)
_PIN = r"(^|_)PIN$"


class Missing:
    """A value that could not be substituted. Its problem is recorded; readers leave the value out.

    `empty` is the name of a setting that is not set, "" for any other reason.
    """

    def __init__(self, empty: str = "") -> None:
        self.empty = empty


class Substitution:
    """Replaces the references of a document and records each that it cannot replace."""

    def __init__(self, settings: Mapping[str, str], problems: Problems) -> None:
        self._settings = settings
        self._problems = problems

    def table(self, raw: dict[str, Any], path: Path = ()) -> dict[str, Any]:
        """The same table with every string substituted; `Missing` in place of a string that cannot be."""
        return {key: self._value(each, (*path, key)) for key, each in raw.items()}

    def _value(self, value: object, path: Path) -> object:
        if isinstance(value, str):
            text = self._text(value, path) if "${" in value else value
            return text if isinstance(text, Missing) else self._speakable(text, path)
        if isinstance(value, dict):
            return self.table(value, path)
        if isinstance(value, list):
            return [self._value(each, (*path, index)) for index, each in enumerate(value)]
        return value

    def _speakable(self, text: str, path: Path) -> str:
        """Returns a text without the characters that no answer to Twilio can hold."""
        cleaned = xml_text(text)
        if cleaned != text and (found := re.search(NOT_XML, text)):
            wrong = f"a text with the character U+{ord(found[0]):04X}, which TwiML cannot hold"
            self._problems.add(path, "wrong-value", wrong, "Delete the character.")
        return cleaned

    def _text(self, text: str, path: Path) -> str | Missing:
        for literal, name, end in re.findall(_REFERENCE, text):
            if not literal and (missing := self._refusal(name, end, path)):
                return missing
        return re.sub(_REFERENCE, lambda found: found[1] or self._settings[found[2]].strip(), text)

    def _refusal(self, name: str, end: str, path: Path) -> Missing | None:
        if not (end and re.fullmatch(_NAME, name)):
            self._problems.add(
                path, "setting", "${ without the name of a setting", 'Write "${NAME}", or "$${" for the characters ${.'
            )
            return Missing()
        if re.search(_SENSITIVE, name.upper()) or (re.search(_PIN, name.upper()) and path[-1:] != ("pin",)):
            self._problems.add(
                path, "setting", f"${{{name}}} may be a secret", "Write the value itself, or name another setting."
            )
            return Missing()
        if self._settings.get(name, "").strip():
            return None
        self._report_empty(name, path)
        return Missing(name)

    def _report_empty(self, name: str, path: Path) -> None:
        if path[:1] != ("agents",):
            self._problems.add(path, "setting", f"the setting {name} is empty", f"Set {name}, or write a value here.")
        elif path[-1] == "pin":
            self._problems.warn(
                path,
                "setting",
                f"the setting {name} is empty, so this agent is not offered the agents' menu",
                f"Set {name}, or delete pin.",
            )
        else:
            self._problems.warn(
                path, "setting", f"the setting {name} is empty, so this agent is not rung there", f"Set {name}."
            )
