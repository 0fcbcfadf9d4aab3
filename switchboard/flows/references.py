"""The flows that numbers.toml names, compared with those that flows.py registers."""

from __future__ import annotations

from collections.abc import Iterator

from switchboard.errors import FlowFailed
from switchboard.flows.flows_file import FlowsFile
from switchboard.flows.registry import Registry
from switchboard.numbers import Action, Menu, Numbers, RunFlow


async def check(flows: FlowsFile, numbers: Numbers) -> None:
    """Loads flows.py. Raises FlowFailed when that fails, or when it lacks a flow that numbers.toml names."""
    missing = absent(await flows.registry(), numbers)
    if missing:
        raise FlowFailed(f"flows.py: numbers.toml names what it does not register: {', '.join(missing)}")


def absent(registry: Registry, numbers: Numbers) -> list[str]:
    """Returns `voice flow NAME` or `text flow NAME` for each flow of the file that is not registered."""
    voice = {action.flow for action in _actions(numbers) if isinstance(action, RunFlow)} - registry.voice.keys()
    text = {number.text_flow for number in numbers.numbers if number.text_flow} - registry.text.keys()
    return [f"voice flow {name}" for name in sorted(voice)] + [f"text flow {name}" for name in sorted(text)]


def _actions(numbers: Numbers) -> Iterator[Action | None]:
    for number in numbers.numbers:
        yield from (number.answer, number.otherwise, number.closed)
        yield from _of_menu(number.menu)
    for menu in numbers.menus.values():
        yield from _of_menu(menu)
    for queue in numbers.queues.values():
        yield queue.otherwise


def _of_menu(menu: Menu | None) -> Iterator[Action | None]:
    if menu is not None:
        yield menu.otherwise
        yield from (option.action for option in menu.options.values())
