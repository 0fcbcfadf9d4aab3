"""Whatever a file holds: it is read without an exception, and what comes out can be used."""

import json
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from switchboard.numbers import (
    Action,
    ForwardCall,
    GoBack,
    JoinQueue,
    Number,
    Numbers,
    OpenMenu,
    RingAgents,
    summary,
)
from switchboard.numbers.tables import (
    ActionTable,
    AgentTable,
    HoursTable,
    MenuTable,
    NumberTable,
    QueueTable,
    TopTable,
)
from tests.numbers_files import SETTINGS, WHOLE, numbers

NOW = datetime(2026, 12, 22, 10, tzinfo=UTC)
TABLES = (TopTable, NumberTable, MenuTable, QueueTable, AgentTable, HoursTable, ActionTable)
FIELDS = sorted({field for table in TABLES for field in table.__struct_fields__})
KEYS = st.sampled_from(
    [*FIELDS, *"019*#", "alice", "bob", "support", "billing", "office", "mon", "2026-12-25", "pt", ""]
)
WORDS = st.sampled_from(
    [
        *("alice", "bob", "support", "billing", "office", "back", "always", "anonymous", "pt-BR", "en", "xx", "", " "),
        *("+351210000001", "+351210000010", "*", "09:00-18:00", "22:00-06:00", "09:00", "Europe/Lisbon", "Nowhere"),
        *(
            "https://media.fabrikam.net/a.mp3",
            "http://x",
            "${OPERATOR_NUMBER}",
            "${EMPTY}",
            "${TOKEN}",
            "${",
            "$${",
            "{x}",
        ),
    ]
)
SCALARS = st.one_of(WORDS, st.booleans(), st.integers(-5, 700), st.just(1.5))
VALUES = st.recursive(
    SCALARS,
    lambda below: st.one_of(st.lists(below, max_size=3), st.dictionaries(KEYS, below, max_size=4)),
    max_leaves=12,
)


def toml(value: object) -> str:
    """A value as TOML: JSON but for tables."""
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{json.dumps(key)} = {toml(each)}' for key, each in value.items())} }}"
    if isinstance(value, list):
        return f"[{', '.join(map(toml, value))}]"
    return json.dumps(value)


def actions_of(read: Numbers) -> list[Action | None]:
    """Every action of a file."""
    found = [queue.otherwise for queue in read.queues.values()]
    found += [menu.otherwise for menu in read.menus.values()]
    menus = [*read.menus.values(), *(number.menu for number in read.numbers if number.menu)]
    found += [option.action for menu in menus for option in menu.options.values()]
    for number in (*read.numbers, read.unknown):
        found += [number.answer, number.otherwise, number.closed]
    return found


def leads_somewhere(action: Action | None, read: Numbers) -> bool:
    """Whether all that an action refers to is there."""
    match action:
        case RingAgents():
            return set(action.agents) <= set(read.agents)
        case JoinQueue():
            return action.queue in read.queues
        case OpenMenu():
            return action.menu in read.menus
        case ForwardCall():
            return action.to.startswith("+")
        case _:
            return True


def check(read: Numbers) -> None:
    """What the call flow relies on."""
    assert all(leads_somewhere(action, read) for action in actions_of(read))
    assert all((number.menu is None) is not (number.answer is None) for number in read.numbers)
    assert all(number.menu is None or number.menu.options or read.problems for number in read.numbers)
    assert not any(isinstance(each, GoBack) for number in read.numbers for each in own_actions(number))
    assert all(read.named(number.name) is number for number in read.numbers)
    assert all(set(queue.agents) | set(queue.alert) <= set(read.agents) for queue in read.queues.values())
    assert all(set(sentences) for sentences in read.overrides.values() if sentences)
    assert isinstance(read.find("+351210000001"), Number)
    assert isinstance(summary.summary(read, NOW), str)
    assert all(str(problem) and problem.public for problem in read.problems)
    msgspec.to_builtins(read.problems)


def own_actions(number: Number) -> list[Action | None]:
    """The actions of a number itself, which no menu led to."""
    options = number.menu.options.values() if number.menu else ()
    return [number.answer, number.otherwise, number.closed, *(option.action for option in options)]


@given(
    st.dictionaries(st.sampled_from([*TopTable.__struct_fields__, "x"]), VALUES, max_size=6),
    st.lists(VALUES, max_size=2),
)
@settings(max_examples=150, deadline=None)
def test_any_values_in_any_place(top: dict[str, object], entries: list[object]) -> None:
    """Fields of every table with values of every kind."""
    text = "\n".join(f"{key} = {toml(each)}" for key, each in {**top, "numbers": entries}.items())
    check(numbers(text, SETTINGS))


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_the_whole_file_with_values_replaced(data: st.DataObject) -> None:
    """A good file in which some lines are others, repeated, or gone."""
    lines = WHOLE.splitlines()
    for _ in range(data.draw(st.integers(1, 4))):
        index = data.draw(st.integers(0, len(lines) - 1))
        key, equals, _ = lines[index].partition(" = ")
        lines[index] = f"{key}{equals}{toml(data.draw(VALUES))}" if equals else data.draw(st.sampled_from(["", *lines]))
    check(numbers("\n".join(lines), SETTINGS, local=False))


@pytest.mark.parametrize("depth", [10, 200, 320, 480, 5000])
@pytest.mark.parametrize(("opened", "closed"), [("[", "]"), ("{ a = ", " }")])
def test_values_of_any_depth(depth: int, opened: str, closed: str) -> None:
    """Deeper than the interpreter's stack too."""
    for field in ("answer", "greeting", "texts"):
        check(numbers(f'[[numbers]]\n{field} = {opened * depth}"${{EMPTY}}"{closed * depth}', SETTINGS, local=False))


@pytest.mark.parametrize("value", ["9" * 5000, "0x" + "f" * 5000, "nan", "-inf", "2026-12-25", "09:00:00", "1e999"])
def test_values_that_no_field_has(value: str) -> None:
    """Numbers of thousands of digits, dates, times, and what is not a number."""
    for field in ("tries", "greeting", "hours", "answer", "menu.1", "texts.A", "number"):
        check(numbers(f"[[numbers]]\n{field} = {value}"))


@given(st.text(max_size=200))
@settings(max_examples=100, deadline=None)
def test_any_text(text: str) -> None:
    """Most of it is not TOML."""
    check(numbers(text))
