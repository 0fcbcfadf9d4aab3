"""[agents], [queues] and [menus] as written -> who takes calls, where callers wait, and what leads on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from switchboard.numbers.actions import BACK, Actions, Known
from switchboard.numbers.conversion import convert
from switchboard.numbers.language import check_language
from switchboard.numbers.model import Agent, Menu, Queue
from switchboard.numbers.positions import Path
from switchboard.numbers.problems import Problems
from switchboard.numbers.substitution import Missing
from switchboard.numbers.tables import AgentTable, MenuTable, QueueTable


def read_agents(raw: Mapping[str, Any], own: frozenset[str], problems: Problems) -> dict[str, Agent]:
    """Every agent by name; one who cannot be rung is there, and rings nowhere. `own` are the file's own numbers."""
    agents = {name: _agent(name, each, own, problems) for name, each in raw.items()}
    clients: dict[str, str] = {}
    for agent in agents.values():
        other = clients.setdefault(agent.client, agent.name)
        if agent.client and other != agent.name:
            problems.add(
                ("agents", agent.name, "client"),
                "duplicate",
                f"{other} has this client already",
                "Give each agent a client of their own.",
            )
    return agents


def read_queues(raw: Mapping[str, Any], known: Known, actions: Actions, problems: Problems) -> dict[str, Queue]:
    """Every queue by name; a field that is wrong has its default, an agent who does not exist is left out."""
    return {name: _queue(name, each, known, actions, problems) for name, each in raw.items()}


def read_menus(raw: Mapping[str, Any], actions: Actions, problems: Problems) -> dict[str, Menu]:
    """Every menu that others lead to, by name."""
    if BACK in raw:
        problems.add(("menus", BACK), "wrong-value", '"back" means the menu before', "Give this menu another name.")
    return {name: _menu(name, each, actions, problems) for name, each in raw.items() if name != BACK}


def menu_of(
    table: dict[str, Any], path: Path, actions: Actions, problems: Problems, *, name: str = "", greeting: str = ""
) -> Menu:
    """A menu of these options; it warns of one that says nothing."""
    options = actions.options(table, (*path, "menu"), back=bool(name))
    if not greeting and not any(option.label for option in options.values()):
        problems.warn(
            (*path, "menu"),
            "silent-menu",
            "nothing says what the keys do",
            "Write a greeting, or a label for each option.",
        )
    return Menu(name=name, greeting=greeting, options=options)


def _agent(name: str, raw: object, own: frozenset[str], problems: Problems) -> Agent:
    path = ("agents", name)
    table, bad = convert(raw, AgentTable, path, problems)
    written = raw if isinstance(raw, dict) else {}
    if not bad and not ({"number", "client"} & set(written)):
        problems.add(path, "missing", "there is nothing to ring", "Write a number, a client, or both.")
    number = table.number
    if number in own:
        wrong = "this is a number of the file: a call to it would come back"
        problems.add((*path, "number"), "circle", wrong, "Write the number of the agent's own phone.")
        number = ""
    pin = written.get("pin", "")
    may_call_in = not (isinstance(pin, Missing) or (pin != "" and "pin" in bad))
    return Agent(name=name, number=number, client=table.client, pin=table.pin, may_call_in=may_call_in)


def _queue(name: str, raw: object, known: Known, actions: Actions, problems: Problems) -> Queue:
    path = ("queues", name)
    table, bad = convert(raw, QueueTable, path, problems)
    if not table.agents and not bad:
        problems.add(path, "missing", "nobody takes callers from this queue", 'Write agents = ["…"].')
    for field in ("agents", "alert"):
        actions.names_hold(getattr(table, field), (*path, field))
    return Queue(
        name=name,
        agents=tuple(each for each in table.agents if each in known.agents),
        most_minutes=table.most_minutes,
        music=table.music,
        most_waiting=table.most_waiting,
        alert=_alerted(table.alert, path, known, problems),
        otherwise=actions.action(table.otherwise, (*path, "otherwise")),
    )


def _alerted(names: tuple[str, ...], path: Path, known: Known, problems: Problems) -> tuple[str, ...]:
    """The agents who can get a text: those with a number."""
    found = []
    for index, name in enumerate(names):
        agent = known.agents.get(name)
        if agent is None:
            continue
        if agent.number:
            found.append(name)
        elif agent.client:
            problems.warn(
                (*path, "alert", index), "missing", f"{name} has no number for a text", f"Give {name} a number."
            )
    return tuple(found)


def _menu(name: str, raw: object, actions: Actions, problems: Problems) -> Menu:
    path = ("menus", name)
    table, bad = convert(raw, MenuTable, path, problems)
    if not table.menu and not bad:
        problems.add(path, "missing", "this menu has no option", "Write menu.1 = { … }.")
    menu = menu_of(table.menu, path, actions, problems, name=name, greeting=table.greeting)
    return Menu(
        name=name,
        greeting=menu.greeting,
        options=menu.options,
        language=check_language(table.language, (*path, "language"), problems),
        otherwise=actions.action(table.otherwise, (*path, "otherwise"), back=True),
    )
