"""Circles of `otherwise`: a caller who chooses nothing would go round for ever."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from switchboard.numbers.model import Action, GoBack, JoinQueue, Menu, Number, OpenMenu, Queue, TakeVoicemail
from switchboard.numbers.positions import Path
from switchboard.numbers.problems import Problems

Node = Path


class Graph(msgspec.Struct, frozen=True, kw_only=True):
    """Where a caller can be: numbers by their index, menus and queues by their names."""

    numbers: dict[int, Number]
    menus: dict[str, Menu]
    queues: dict[str, Queue]

    def otherwise(self, node: Node) -> Action | None:
        """What follows when nothing was chosen, or nobody answered."""
        table, key = node
        if table == "numbers":
            return self.numbers[int(key)].otherwise
        return self.menus[str(key)].otherwise if table == "menus" else self.queues[str(key)].otherwise

    def nodes(self) -> Iterator[Node]:
        """All places, in the order of the file's tables."""
        yield from (("queues", name) for name in self.queues)
        yield from (("menus", name) for name in self.menus)
        yield from (("numbers", index) for index in self.numbers)

    def next_of(self, node: Node) -> list[Node]:
        """The places that `otherwise` leads to: several for "back", which may have several menus to go to."""
        match self.otherwise(node):
            case OpenMenu(menu=name):
                return [("menus", name)]
            case JoinQueue(queue=name):
                return [("queues", name)]
            case GoBack():
                return [each for each in self.nodes() if self._leads_to(each, str(node[1]))]
            case _:
                return []

    def _leads_to(self, node: Node, menu: str) -> bool:
        return any(isinstance(action, OpenMenu) and action.menu == menu for action in self._actions(node))

    def _actions(self, node: Node) -> Iterable[Action | None]:
        table, key = node
        yield self.otherwise(node)
        if table == "numbers":
            number = self.numbers[int(key)]
            yield from (number.answer, number.closed)
            yield from _chosen(number.menu)
        elif table == "menus":
            yield from _chosen(self.menus[str(key)])


def open_circles(graph: Graph, problems: Problems) -> Graph:
    """Record every circle at one of its places, and take voicemail there instead."""
    while circle := next(filter(None, (_circle_from(node, graph) for node in graph.nodes())), None):
        steps = " → ".join(str(key) if table != "numbers" else f"numbers[{key}]" for table, key in (*circle, circle[0]))
        problems.add(
            (*circle[-1], "otherwise"),
            "circle",
            f"this closes a circle of otherwise: {steps}",
            "Write otherwise = { voicemail = true }, or another end.",
        )
        graph = _opened(graph, circle[-1])
    return graph


def _circle_from(start: Node, graph: Graph) -> tuple[Node, ...]:
    """The places of a circle through this one, () when there is none."""
    paths: list[tuple[Node, ...]] = [(start,)]
    seen = {start}
    while paths:
        path = paths.pop()
        for node in graph.next_of(path[-1]):
            if node == start:
                return path
            if node not in seen:
                seen.add(node)
                paths.append((*path, node))
    return ()


def _opened(graph: Graph, node: Node) -> Graph:
    table, key = node
    if table == "numbers":
        index = int(key)
        numbers = {**graph.numbers, index: msgspec.structs.replace(graph.numbers[index], otherwise=TakeVoicemail())}
        return msgspec.structs.replace(graph, numbers=numbers)
    name = str(key)
    if table == "menus":
        menus = {**graph.menus, name: msgspec.structs.replace(graph.menus[name], otherwise=TakeVoicemail())}
        return msgspec.structs.replace(graph, menus=menus)
    queues = {**graph.queues, name: msgspec.structs.replace(graph.queues[name], otherwise=TakeVoicemail())}
    return msgspec.structs.replace(graph, queues=queues)


def _chosen(menu: Menu | None) -> list[Action | None]:
    return [option.action for option in menu.options.values()] if menu else []
