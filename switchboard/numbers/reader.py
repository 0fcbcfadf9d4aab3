"""numbers.toml -> Numbers: read once, pure, every problem found, and something to answer with whatever is wrong."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path as File
from typing import Any

import msgspec

from switchboard.numbers.actions import Actions, Known
from switchboard.numbers.circles import Graph, open_circles
from switchboard.numbers.conversion import convert
from switchboard.numbers.model import Number, Numbers, TakeVoicemail
from switchboard.numbers.names import NAME_HINT, is_name
from switchboard.numbers.people import read_agents, read_menus, read_queues
from switchboard.numbers.phone_numbers import Defaults, PhoneNumbers, called_numbers
from switchboard.numbers.problem import Problem
from switchboard.numbers.problems import Problems
from switchboard.numbers.sentences import read_sentences
from switchboard.numbers.substitution import Substitution
from switchboard.numbers.syntax import not_toml
from switchboard.numbers.tables import TopTable
from switchboard.numbers.warnings import warn_of_placeholders, warn_without_pin
from switchboard.numbers.weeks import read_hours


def read_file(path: File, settings: Mapping[str, str], *, local: bool) -> Numbers:
    """Read a file. One that is absent or not UTF-8 is one problem, and every call takes voicemail."""
    try:
        return read(path.read_bytes().decode("utf-8-sig"), settings, local=local)
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        return _unreadable(_problem(line, "this is not UTF-8", "Save the file as UTF-8."))
    except OSError as error:
        reason = error.strerror or "unknown error"
        return _unreadable(_problem(0, f"it cannot be read: {reason}", "Copy the numbers.toml of this release here."))


def read(text: str, settings: Mapping[str, str], *, local: bool) -> Numbers:
    """Read the text of a file. `settings` replace `${NAME}`; `local` is a developer's machine, without placeholders."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    try:
        return _read(text, settings, local=local)
    # tomllib raises ValueError alone for a number of thousands of digits; deep brackets end the interpreter's stack.
    except (ValueError, RecursionError) as error:
        return _unreadable(not_toml(error, text))


def _read(text: str, settings: Mapping[str, str], *, local: bool) -> Numbers:
    problems = Problems()
    document = Substitution(settings, problems).table(tomllib.loads(text))
    numbers = _numbers(document, problems)
    if not local:
        warn_of_placeholders(document, problems)
    return msgspec.structs.replace(numbers, problems=problems.in_order(text))


def _numbers(document: dict[str, Any], problems: Problems) -> Numbers:
    top, bad = convert(document, TopTable, (), problems)
    top = msgspec.structs.replace(
        top, **{table: _named(getattr(top, table), table, problems) for table in ("agents", "queues", "menus")}
    )
    defaults = Defaults.of(top, bad, problems, read_hours(top.hours, problems))
    own = called_numbers(top.numbers)
    agents = read_agents(top.agents, own, problems)
    known = Known(agents=agents, queues=frozenset(top.queues), menus=frozenset(top.menus), own=own)
    actions = Actions(known, problems)
    reader = PhoneNumbers(defaults, actions, problems)
    graph = open_circles(
        Graph(
            queues=read_queues(top.queues, known, actions, problems),
            menus=read_menus(top.menus, actions, problems),
            numbers=dict(enumerate(reader.read(top.numbers))),
        ),
        problems,
    )
    if not top.numbers and "numbers" not in bad:
        problems.add(("numbers",), "missing", "there is no number", 'Write [[numbers]] and number = "*" below it.')
    numbers = Numbers(
        numbers=tuple(graph.numbers.values()),
        unknown=_unknown(defaults.language),
        agents=agents,
        queues=graph.queues,
        menus=graph.menus,
        overrides=read_sentences(top.sentences, problems),
        by_called={called: number for number in reversed(graph.numbers.values()) for called in number.numbers},
        caller_id=defaults.caller_id,
    )
    warn_without_pin(numbers, problems)
    return numbers


def _named(tables: dict[str, Any], table: str, problems: Problems) -> dict[str, Any]:
    """The tables whose names can travel in URLs. Another is as good as absent: what refers to it takes voicemail."""
    for name in tables:
        if not is_name(name):
            problems.add((table, name), "wrong-value", f'"{name}" is not a name', NAME_HINT)
    return {name: each for name, each in tables.items() if is_name(name)}


def _unknown(language: str) -> Number:
    """What answers a number that the file does not have. Its name is "", which no number of the file can have."""
    return Number(name="", language=language, answer=TakeVoicemail(), known=False)


def _unreadable(problem: Problem) -> Numbers:
    return Numbers(numbers=(), unknown=_unknown("en"), problems=(problem,))


def _problem(line: int, wrong: str, write: str) -> Problem:
    return Problem(path="", line=line, kind="not-toml", wrong=wrong, write=write)
