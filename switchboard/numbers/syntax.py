"""A file that is not TOML: the line, and what is usually meant."""

from __future__ import annotations

import re

from switchboard.numbers.problem import Problem

_PLACE = r" \(at (?:line (\d+), column (\d+)|end of document)\)$"
_STRINGS = r'"(?:[^"\\]|\\.)*"|\'[^\']*\''
_ONE_LINE = "An inline table { … } ends on the line it begins on: write it in one line, or as a [header] of its own."
# What a line looks like once its strings are taken out, in the order in which they are tried.
_TRAPS = (
    (r"^\s*\[\[", "Write [[numbers]], with two brackets on each side."),
    (r",\s*}", "Delete the comma before }."),
    (r"(^|[.{,]\s*)\*\s*=", 'Write the key in quotes: "*".'),
    (r"(^|[.{,]\s*)\+\d+\s*=", "Write a key that is a phone number in quotes."),
    (r"=\s*(True|False|TRUE|FALSE|yes|no|on|off)\b", "Write true or false in small letters."),
    (r"[=\[,]\s*\+?\d", "Write phone numbers and times in quotes."),
    (r"[=\[,]\s*(?!true\b|false\b)[^\W\d][\w-]*\s*([\],}]|$|\s\w)", "Write texts in quotes."),
    (r"=.*\[[^\]]*$", "Close the list with ]."),
    (r"^[^=\[]*$", "Write name = value."),
)
# What tomllib says where the line itself does not show it.
_REASONS = {
    "Illegal character": "Close the text with a quote on the same line.",
    "Unterminated string": "Close the text with its quotes.",
}
_LAST = "Compare the line with docs/numbers.md."


def not_toml(error: Exception, text: str) -> Problem:
    """The one problem of a file that tomllib refuses; `text` is the file with its lines ended by a line feed."""
    message = str(error)
    place = re.search(_PLACE, message)
    lines = text.rstrip().split("\n")
    number = min(int(place[1]), len(lines)) if place and place[1] else len(lines)
    reason = re.sub(_PLACE, "", message)
    return Problem(
        path="",
        line=number,
        kind="not-toml",
        wrong=f"this is not TOML: {reason[:1].lower()}{reason[1:]}",
        write=_trap(reason, lines[number - 1], text),
    )


def _trap(reason: str, line: str, text: str) -> str:
    if "overwrite" in reason or "twice" in reason:
        return _twice(line, text)
    bare = re.sub(_STRINGS, '""', line).split("#")[0]
    if bare.count("{") > bare.count("}"):
        return _ONE_LINE
    by_reason = (hint for start, hint in _REASONS.items() if reason.startswith(start))
    by_line = (hint for trap, hint in _TRAPS if re.search(trap, bare))
    return next(by_reason, None) or next(by_line, _LAST)


def _twice(line: str, text: str) -> str:
    if re.search(r"^\s*hours\s*=", text, re.MULTILINE) and re.search(r"^\s*\[hours\b", text, re.MULTILINE):
        return (
            'Above the first [header], hours is the table of opening hours: write hours = "…" below each [[numbers]].'
        )
    if re.search(r"^\s*\[numbers\]", text, re.MULTILINE):
        return "Write [[numbers]] with two brackets for each number."
    return "The name is there twice in one table: keep one of them, or give this line a header of its own."
