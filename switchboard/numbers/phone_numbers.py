"""[[numbers]] as written -> each phone number and what it does."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import msgspec

from switchboard.numbers.actions import Actions
from switchboard.numbers.addresses import is_e164
from switchboard.numbers.conversion import convert, shown, unknown_name
from switchboard.numbers.hours import Hours
from switchboard.numbers.language import check_language, check_time_zone
from switchboard.numbers.model import ANY_NUMBER, Number, TakeVoicemail
from switchboard.numbers.names import NAME_HINT, is_name
from switchboard.numbers.people import menu_of
from switchboard.numbers.positions import Path
from switchboard.numbers.problems import Problems
from switchboard.numbers.tables import NumberTable, TopTable
from switchboard.numbers.weeks import ALWAYS, Week
from switchboard.text import HELP_WORDS, START_WORDS, STOP_WORDS, keyword

# The name of a file's only number, when it has none.
ONLY = "main"
# The name of the entry for any other number, when it has none.
OTHERS = "other"
_SHORT_CODE = r"[0-9]{3,6}"


class Defaults(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for every number that does not say otherwise. `has_zone`: the file has a time zone, right or wrong."""

    language: str
    voice: str
    time_zone: str
    has_zone: bool
    caller_id: str
    tries: int
    blocked: tuple[str, ...]
    weeks: dict[str, Week]

    @classmethod
    def of(cls, top: TopTable, bad: frozenset[str], problems: Problems, weeks: dict[str, Week]) -> Defaults:
        """The top of the file, its language and time zone checked."""
        return cls(
            language=check_language(top.language, ("language",), problems) or "en",
            voice=top.voice,
            time_zone=check_time_zone(top.time_zone, ("time_zone",), problems),
            has_zone=bool(top.time_zone) or "time_zone" in bad,
            caller_id=top.caller_id,
            tries=top.tries,
            blocked=top.blocked,
            weeks=weeks,
        )


def called_numbers(raw: Iterable[Any]) -> frozenset[str]:
    """The file's own phone numbers, as far as they can be read."""
    return frozenset(
        each for table in raw if isinstance(table, dict) for each in _listed(table.get("number")) if is_e164(each)
    )


class PhoneNumbers:
    """Reads the entries one by one; names and numbers are unique among them."""

    def __init__(self, defaults: Defaults, actions: Actions, problems: Problems) -> None:
        self._defaults = defaults
        self._actions = actions
        self._problems = problems
        self._names: dict[str, int] = {}
        self._called: dict[str, int] = {}

    def read(self, raw: list[Any]) -> list[Number]:
        """Every entry, in the order of the file."""
        return [self._number(each, index, alone=len(raw) == 1) for index, each in enumerate(raw)]

    def _number(self, raw: object, index: int, *, alone: bool) -> Number:
        path: Path = ("numbers", index)
        table, bad = convert(raw, NumberTable, path, self._problems)
        defaults = self._defaults
        answers = self._start(table, raw, path, bad)
        return Number(
            name=self._name(table.name, path, alone=alone, others=table.number == ANY_NUMBER, bad="name" in bad),
            numbers=self._numbers(table, path, bad),
            language=check_language(table.language, (*path, "language"), self._problems) or defaults.language,
            voice=table.voice or defaults.voice,
            hours=self._hours(table, path, bad),
            caller_id=table.caller_id or defaults.caller_id,
            tries=table.tries or defaults.tries,
            blocked=frozenset(defaults.blocked + table.blocked),
            greeting=table.greeting,
            otherwise=self._actions.action(table.otherwise, (*path, "otherwise")),
            closed=self._actions.action(table.closed, (*path, "closed")),
            texts=self._texts(table.texts, path),
            text_flow=table.text_flow,
            speech=table.speech,
            agent_menu=table.agent_menu,
            **answers,
        )

    def _start(self, table: NumberTable, raw: object, path: Path, bad: frozenset[str]) -> dict[str, Any]:
        """`menu` or `answer`, exactly one of them; voicemail where that is wrong."""
        written = [name for name in ("menu", "answer") if isinstance(raw, dict) and name in raw]
        if len(written) == 2:
            self._problems.add(path, "conflict", "menu and answer exclude each other", "Delete one of them.")
        elif (not written or (written == ["menu"] and not table.menu)) and not bad & {"", "menu"}:
            write = "Write menu.1 = { … }, or answer = { … } for one action at once."
            self._problems.add(path, "missing", "nothing says what calls get", write)
        if written == ["menu"] and table.menu:
            greeting = table.greeting
            menu = menu_of(table.menu, path, self._actions, self._problems, greeting=greeting)
            return {"menu": msgspec.structs.replace(menu, greeting="")}
        answer = self._actions.action(table.answer, (*path, "answer"))
        return {"answer": answer if answer and written == ["answer"] else TakeVoicemail()}

    def _name(self, name: str, path: Path, *, alone: bool, others: bool, bad: bool) -> str:
        """The number's name. A wrong one is replaced by its place in the file, so that URLs find it."""
        index = int(path[-1])
        if name and not is_name(name):
            wrong = "this is not a name that can travel in URLs"
            self._problems.add((*path, "name"), "wrong-value", wrong, NAME_HINT)
        elif not (name or alone or others or bad):
            write = 'Write name = "Front desk", for example.'
            self._problems.add(path, "missing", "with several numbers each needs a name", write)
        elif name in self._names:
            wrong = f"numbers[{self._names[name]}] has this name already"
            self._problems.add((*path, "name"), "duplicate", wrong, "Give each number a name of its own.")
        else:
            name = name or (ONLY if alone else OTHERS)
            if self._names.setdefault(name, index) == index:
                return name
        return self._name_by_place(index)

    def _name_by_place(self, index: int) -> str:
        name = f"number {index + 1}"
        while name in self._names:
            name += "-"
        self._names[name] = index
        return name

    def _numbers(self, table: NumberTable, path: Path, bad: frozenset[str]) -> tuple[str, ...]:
        """The numbers that this entry answers; each must be free."""
        place = (*path, "number")
        if not table.number and not bad & {"number", ""}:
            write = 'Write number = "+351210000001", or number = "*" for any other.'
            self._problems.add(path, "missing", "this answers no number", write)
        found = []
        for position, each in enumerate(_listed(table.number)):
            at = place if isinstance(table.number, str) else (*place, position)
            if each != ANY_NUMBER and not is_e164(each) and not re.fullmatch(_SHORT_CODE, each):
                write = 'Write it as E.164: "+", country code and number, as "+351210000001".'
                self._problems.add(at, "wrong-value", f"{shown(each)} is not a phone number", write)
            elif self._called.setdefault(each, int(path[-1])) != path[-1] or each in found:
                wrong = f"numbers[{self._called[each]}] answers this number already"
                self._problems.add(at, "duplicate", wrong, "Write each number once.")
            else:
                found.append(each)
        return tuple(found)

    def _hours(self, table: NumberTable, path: Path, bad: frozenset[str]) -> Hours | None:
        """The opening hours in the number's time zone. A name that is not there leaves the number open."""
        weeks = self._defaults.weeks
        name = table.hours
        if name == ALWAYS or (not name and "" not in weeks) or "hours" in bad:
            return None
        if name not in weeks:
            self._problems.add(
                (*path, "hours"), "unknown-name", *unknown_name(name, "[hours] of the name", filter(None, weeks))
            )
            return None
        zone = check_time_zone(table.time_zone, (*path, "time_zone"), self._problems) or self._defaults.time_zone
        # A wrong time zone is one mistake, not one more for each number with opening hours.
        if not (zone or table.time_zone or self._defaults.has_zone or "time_zone" in bad):
            wrong = "opening hours need a time zone"
            write = 'Write time_zone = "Europe/Lisbon", for example, at the top of the file.'
            self._problems.add((*path, "hours"), "missing", wrong, write)
        return weeks[name].in_zone(name, zone or "UTC")

    def _texts(self, texts: dict[str, str], path: Path) -> dict[str, str]:
        """The answers by keyword, in capitals."""
        found: dict[str, str] = {}
        for word, answer in texts.items():
            if keyword(word) in found or not keyword(word):
                wrong = f"{shown(word)} is there twice" if keyword(word) else "an empty keyword"
                write = "Write each keyword once: capitals and small letters are the same."
                self._problems.add((*path, "texts", word), "duplicate", wrong, write)
                continue
            if keyword(word) in STOP_WORDS | START_WORDS | HELP_WORDS:
                wrong = f"Twilio answers {shown(word)} itself in SMS"
                self._problems.warn((*path, "texts", word), "opt-out-word", wrong, "Write another keyword.")
            found[keyword(word)] = answer
        return found


def _listed(number: object) -> list[str]:
    if isinstance(number, str):
        return [number] if number else []
    return [each for each in number if isinstance(each, str)] if isinstance(number, (list, tuple)) else []
