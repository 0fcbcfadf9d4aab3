"""The state of a call between two webhooks. It travels in the query of the URLs that Twilio calls next, and signs.

Names of numbers.toml only: never a phone number, and nothing that a caller said or typed.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlencode

import msgspec

from switchboard.form import Form
from switchboard.text import whole_number

MOST_MENUS = 10
_SEPARATOR = ","


class CallState(msgspec.Struct, frozen=True, kw_only=True):
    """Where a call is. Each field is a parameter of the query; one that has its default is absent.

    | field | meaning |
    |---|---|
    | `name` | the number's name; None: the number is found by its address |
    | `menu` | the menu that the caller is in; "": the number's own |
    | `back` | the menus above it, at most ten, the nearest last |
    | `language` | what a menu changed the language to; "": the number's |
    | `tries` | how often this menu, or this question, was offered |
    | `action` | the action that runs: `answer`, `closed`, `key-1`, `menu`, `queue`, `otherwise`; see VoiceRequest |
    | `turn` | the index of the agent who is rung alone; None: all at once |
    | `closed` | the number was closed when the call came in |
    | `last` | the number's `otherwise` has run: it does not run again |
    | `queue` | the queue that the caller waits in |
    | `again` | this is not the first sound that the waiting caller hears |
    | `waits` | how many queues the caller has joined in this call |
    | `alerted` | agents who got a text for this caller |
    | `agent` | the agent whose PIN was right |
    | `asked` | an agent was asked to accept the call |
    | `public` | an agent wants the menu that callers hear |
    """

    name: str | None = None
    menu: str = ""
    back: tuple[str, ...] = ()
    language: str = ""
    tries: int = 1
    action: str = ""
    turn: int | None = None
    closed: bool = False
    last: bool = False
    queue: str = ""
    again: bool = False
    waits: int = 0
    alerted: tuple[str, ...] = ()
    agent: str = ""
    asked: bool = False
    public: bool = False

    @classmethod
    def from_query(cls, query: Form) -> CallState:
        """Reads the state. A parameter that cannot be read has its default."""
        return cls(
            name=query.text("name") if "name" in query else None,
            menu=query.text("menu"),
            back=_names(query.text("back"))[-MOST_MENUS:],
            language=query.text("language"),
            tries=whole_number(query.text("tries")) or 1,
            action=query.text("action"),
            turn=whole_number(query.text("turn")),
            closed=_flag(query, "closed"),
            last=_flag(query, "last"),
            queue=query.text("queue"),
            again=_flag(query, "again"),
            waits=whole_number(query.text("waits")) or 0,
            alerted=_names(query.text("alerted")),
            agent=query.text("agent"),
            asked=_flag(query, "asked"),
            public=_flag(query, "public"),
        )

    def url(self, route: str) -> str:
        """Returns the URL of a route with this state, relative to any other route of `/api/voice/`."""
        query = urlencode(list(self._parameters()))
        return f"{route}?{query}" if query else route

    def _parameters(self) -> Iterable[tuple[str, str]]:
        for field, default in zip(self.__struct_fields__, self.__struct_defaults__, strict=True):
            value = getattr(self, field)
            if value != default:
                yield field, _written(value)


def _written(value: object) -> str:
    if isinstance(value, tuple):
        return _SEPARATOR.join(value)
    return "1" if value is True else str(value)


def _names(text: str) -> tuple[str, ...]:
    return tuple(filter(None, text.split(_SEPARATOR)))


def _flag(query: Form, name: str) -> bool:
    return query.text(name) == "1"
