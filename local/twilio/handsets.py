"""How handsets react to calls and texts when no page answers for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

CALLED = frozenset({"answers", "no-answer", "busy", "failed"})
TEXTED = frozenset({"delivered", "undelivered", "failed", "landline"})


class HandsetError(Exception):
    """An invalid description of a handset; the message names the valid values."""


@dataclass(frozen=True, kw_only=True)
class Handset:
    """One handset: how calls and texts to it end, and its user's script of keys and sentences.

    `error_code` is Twilio's code for texts that do not arrive.
    """

    called: str = "answers"
    texted: str = "delivered"
    error_code: int = 30003
    press: tuple[str, ...] = ()
    say: tuple[str, ...] = ()

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Handset:
        """Read `{"called", "texted", "error_code", "press", "say"}`. Raises HandsetError."""
        called, texted = body.get("called", "answers"), body.get("texted", "delivered")
        if called not in CALLED:
            raise HandsetError(f"called: {called!r} is none of {', '.join(sorted(CALLED))}")
        if texted not in TEXTED:
            raise HandsetError(f"texted: {texted!r} is none of {', '.join(sorted(TEXTED))}")
        error_code = body.get("error_code", 30003)
        if not isinstance(error_code, int):
            raise HandsetError(f"error_code: {error_code!r} is not a whole number")
        return cls(
            called=called,
            texted=texted,
            error_code=error_code,
            press=strings(body, "press"),
            say=strings(body, "say"),
        )


@dataclass
class Handsets:
    """The handsets with a behaviour of their own. All others answer, and receive their texts."""

    by_number: dict[str, Handset] = field(default_factory=dict)

    def of(self, number: str) -> Handset:
        """Return the handset with that number."""
        return self.by_number.get(_key(number), Handset())

    def is_scripted(self, number: str) -> bool:
        """Has the handset a behaviour of its own?"""
        return _key(number) in self.by_number


def _key(number: str) -> str:
    """Return a number without its channel, or a client without its parameters."""
    return number.removeprefix("whatsapp:").partition("?")[0]


def strings(body: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """Return a JSON body's list of strings, or its one string as a list. Raises HandsetError."""
    value = body.get(name, [])
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not all(isinstance(each, str) for each in values):
        raise HandsetError(f"{name}: a list of strings is wanted")
    return tuple(values)
