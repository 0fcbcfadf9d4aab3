"""The line of each table and key of a TOML file, by a small scanner of headers and keys.

tomllib reports lines for syntax errors only. The scanner expects text that tomllib has read, but never raises for
any other.
"""

from __future__ import annotations

import re

Path = tuple[str | int, ...]

_BARE = r"[A-Za-z0-9_-]+"
_PART = r"""(?:[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')"""
_DOTTED = rf"{_PART}(?:[ \t]*\.[ \t]*{_PART})*"
_KEY = rf"[ \t]*({_DOTTED})[ \t]*="
_HEADER = rf"[ \t]*(\[\[?)[ \t]*({_DOTTED})[ \t]*\]"
_ONE_PART = _PART
# Strings and comments, longest first, so that what is inside a string is never taken for anything else.
_LEXEME = r'(?s)"""(?:[^\\]|\\.)*?"""|\'\'\'.*?\'\'\'|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'|\#[^\n]*|\n'


def rendered(path: Path) -> str:
    """A path as text.

    >>> rendered(("numbers", 0, "menu", "*", "ring"))
    'numbers[0].menu."*".ring'
    """
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += ("." if text else "") + (part if re.fullmatch(_BARE, part) else f'"{part}"')
    return text


class Lines:
    """Looks up the line of a path; an element of a value has the line of the nearest key above it."""

    def __init__(self, text: str) -> None:
        self._lines: dict[Path, int] = {}
        self._arrays: dict[Path, int] = {}
        header: Path = ()
        for number, line in _statements(text):
            if found := re.match(_HEADER, line):
                header = self._header(_parts(found[2]), array=found[1] == "[[", line=number)
            elif found := re.match(_KEY, line):
                self._note(header, _parts(found[1]), number)

    def of(self, path: Path) -> int:
        """The line, counted from 1; 0 when the file has nothing of that path."""
        while path:
            if path in self._lines:
                return self._lines[path]
            path = path[:-1]
        return 0

    def _header(self, parts: tuple[str, ...], *, array: bool, line: int) -> Path:
        """Enter a table. A part that names an array of tables means the last table of that array."""
        path: Path = ()
        for part in parts:
            path += (part,)
            if path in self._arrays and not (array and path == parts):
                path += (self._arrays[path],)
        if array:
            self._arrays[path] = self._arrays.get(path, -1) + 1
            self._lines.setdefault(path, line)
            path += (self._arrays[path],)
        self._lines.setdefault(path, line)
        return path

    def _note(self, header: Path, parts: tuple[str, ...], line: int) -> None:
        for length in range(1, len(parts) + 1):
            self._lines.setdefault(header + parts[:length], line)


def _statements(text: str) -> list[tuple[int, str]]:
    """Each line that does not begin inside a string of several lines, with its number."""
    inside: set[int] = set()
    number = 1
    for token in re.finditer(_LEXEME, text):
        breaks = token[0].count("\n")
        if breaks and token[0] != "\n":
            inside.update(range(number + 1, number + breaks + 1))
        number += breaks
    return [(number, line) for number, line in enumerate(text.split("\n"), 1) if number not in inside]


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(_unquoted(part) for part in re.findall(_ONE_PART, dotted))


def _unquoted(part: str) -> str:
    if part[0] == "'":
        return part[1:-1]
    if part[0] == '"':
        return re.sub(r"\\(.)", r"\1", part[1:-1])
    return part
