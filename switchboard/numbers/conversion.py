"""One table of the file into its struct: as a whole when it is right, field by field when it is not."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

import msgspec

from switchboard.numbers.positions import Path
from switchboard.numbers.problems import Problems, choices, nearest
from switchboard.numbers.substitution import Missing
from switchboard.numbers.tables import ActionTable, NumberTable, Table, TopTable

T = TypeVar("T", bound=Table)
Parts = list[Any] | dict[str, Any]

_EXPECTED = r"(?s)Expected `([^`]+)`(?:, got `(\w+)`)?(.*?)(?: - at .*)?$"
_WORDS = {
    "str": "a text in quotes",
    "int": "a whole number",
    "bool": "true or false",
    "array": "a list",
    "object": "a table",
}
_LIMITS = {
    " matching regex": "not written as expected",
    " of length >= 1": "empty",
    " of length <=": "too long",
    " of length >=": "too short",
    " >=": "too small",
    " <=": "too large",
}


def convert(raw: object, kind: type[T], path: Path, problems: Problems) -> tuple[T, frozenset[str]]:
    """The struct of what is right in a table, and the names of the fields that are not, each recorded as a problem.

    A table that is none at all gives an empty struct and "" among the names.
    """
    try:
        return msgspec.convert(raw, kind), frozenset()
    except msgspec.ValidationError:
        pass
    if not isinstance(raw, dict):
        if not isinstance(raw, Missing):
            wrong = f"{_called(raw)} where a table is expected"
            problems.add(path, "wrong-type", wrong, _table_like(path[-1], kind))
        return kind(), frozenset({""})
    reader = _Fields(kind, len(path), problems)
    good = {name: value for name, each in raw.items() for value in reader.values(name, each, (*path, name))}
    return kind(**good), frozenset(reader.bad)


class _Fields:
    """Converts the fields of one kind of table, `depth` parts down, and collects the names of the bad ones."""

    def __init__(self, kind: type[Table], depth: int, problems: Problems) -> None:
        self._kind = kind
        self._depth = depth
        self._types = get_type_hints(kind, include_extras=True)
        self._problems = problems
        self.bad: set[str] = set()

    def values(self, name: str, raw: object, path: Path) -> list[Any]:
        """The field's value, or nothing."""
        if name not in self._types:
            self.bad.add(name)
            self._problems.add(path, "unknown-field", "there is no such field here", hint(name, self._kind))
            return []
        kind = self._types[name]
        try:
            return [msgspec.convert(raw, kind)]
        except msgspec.ValidationError as error:
            self.bad.add(name)
            if isinstance(raw, Missing):
                return []
            if isinstance(raw, (list, dict)) and raw:
                return self._parts(kind, raw, path, error)
            self._add(path, kind, raw, error)
            return []

    def _parts(self, kind: object, raw: Parts, path: Path, error: msgspec.ValidationError) -> list[Any]:
        """The good elements of a list or table; each of the others is a problem, or else the whole of it is."""
        faults = {key: _fault(_only(raw, [key]), kind) for key in _keys(raw)}
        if not any(faults.values()) or _is_of_another_type(_fault(type(raw)(), kind)):
            self._add(path, kind, raw, error)
            return []
        for key, fault in faults.items():
            part = _part(raw, key)
            if fault and not isinstance(part, Missing):
                self._add((*path, key), kind, part, fault)
        good = [key for key, fault in faults.items() if not fault]
        return [msgspec.convert(_only(raw, good), kind)] if good else []

    def _add(self, path: Path, kind: object, raw: object, error: msgspec.ValidationError) -> None:
        found = re.match(_EXPECTED, str(error))
        write = suggestion(str(path[self._depth]), kind)
        if found and found[2]:
            wrong = f"{_called(raw)} where {_expected(found[1])} is expected"
            self._problems.add(path, "wrong-type", wrong, write)
        else:
            limit = found[3] if found else ""
            wrong = next((text for start, text in _LIMITS.items() if limit.startswith(start)), "not accepted")
            self._problems.add(path, "wrong-value", f"{shown(raw)} is {wrong}", write)


def _keys(raw: Parts) -> list[str | int]:
    return list(range(len(raw)) if isinstance(raw, list) else raw)


def _part(raw: Parts, key: str | int) -> object:
    return raw[int(key)] if isinstance(raw, list) else raw[str(key)]


def _only(raw: Parts, keys: list[str | int]) -> Parts:
    """A list or table with some of its elements."""
    parts = {str(key): _part(raw, key) for key in keys}
    return list(parts.values()) if isinstance(raw, list) else parts


def _is_of_another_type(fault: msgspec.ValidationError | None) -> bool:
    """Whether an empty list or table is refused for what it is, not for being empty."""
    return fault is not None and ", got `" in str(fault)


def _fault(raw: object, kind: object) -> msgspec.ValidationError | None:
    try:
        msgspec.convert(raw, kind)
    except msgspec.ValidationError as error:
        return error
    return None


def _called(raw: object) -> str:
    if isinstance(raw, dict):
        return "a table"
    if isinstance(raw, list):
        return "a list"
    return shown(raw)


def _expected(types: str) -> str:
    return " or ".join(_WORDS.get(each.strip(), each.strip()) for each in types.split("|"))


def shown(raw: object) -> str:
    """A value as it is written in TOML, cut after 60 characters."""
    if isinstance(raw, bool):
        text = str(raw).lower()
    elif isinstance(raw, str):
        text = f'"{raw}"'
    elif isinstance(raw, list):
        text = f"[{', '.join(shown(each) for each in raw)}]"
    elif isinstance(raw, dict):
        text = f"{{ {', '.join(f'{key} = {shown(each)}' for key, each in raw.items())} }}"
    elif isinstance(raw, int) and abs(raw) > 10**18:
        # Python refuses to write a number of thousands of digits.
        text = "a very large number"
    else:
        text = str(raw)
    return text if len(text) <= 60 else text[:59] + "…"


def suggestion(name: str, kind: object) -> str:
    """What to write, from the first example and the description of a field's type."""
    meta = _meta(kind)
    if meta is None:
        return "Correct or delete it."
    if not meta.examples:
        return f"Write {meta.description}."
    meaning = f" ({meta.description})" if meta.description else ""
    return f"Write {name} = {shown(meta.examples[0])}, for example{meaning}."


def hint(name: str, kind: type[Table]) -> str:
    """What was probably meant by an unknown field: a line under the wrong header, or a slip of the keyboard."""
    place = _place(name, kind)
    # A name that is right elsewhere is seldom a slip: menus for menu is, agents for agent_menu is not.
    close = nearest(name, kind.__struct_fields__, 0.85 if place else 0.6)
    hints = [f'Write "{close}".'] if close else []
    return " ".join([*hints, place] if place else hints) or f"Known here: {choices(kind.__struct_fields__)}."


def unknown_name(name: str, what: str, names: Iterable[str]) -> tuple[str, str]:
    """The two sentences about a name that is not there."""
    known = list(names)
    close = nearest(name, known)
    return f'there is no {what} "{name}"', f'Write "{close}".' if close else f"Known: {choices(known)}."


def _place(name: str, kind: type[Table]) -> str:
    """Where a field belongs that is written under the wrong header."""
    if kind is not TopTable and name in TopTable.__struct_fields__:
        return f"{name} belongs at the top of the file, above the first [header]: a line below a header is part of it."
    if kind is not NumberTable and name in NumberTable.__struct_fields__:
        return f"{name} belongs to a number: write it directly below its [[numbers]], above any other header."
    if kind is not ActionTable and name in ActionTable.__struct_fields__:
        return f"{name} belongs to an action, as in answer = {{ {name} = … }}."
    return ""


def _meta(kind: object) -> msgspec.Meta | None:
    parts = get_args(kind) if get_origin(kind) is Annotated else ()
    return next((each for each in parts if isinstance(each, msgspec.Meta)), None)


def _table_like(name: str | int, kind: type[Table]) -> str:
    """A table of that kind with the first of its fields."""
    field, of_type = next(iter(get_type_hints(kind, include_extras=True).items()))
    meta = _meta(of_type)
    inside = f"{field} = {shown(meta.examples[0])}" if meta and meta.examples else "…"
    return f"Write {name} = {{ {inside} }}." if isinstance(name, str) else f"Write [[numbers]], and {inside} below it."
