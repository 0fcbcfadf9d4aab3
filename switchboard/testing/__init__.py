"""Tests of numbers.toml and flows.py, in process and without the stack.

    from switchboard.testing import call, text

    def test_the_menu() -> None:
        call("+351910000077", to="+351210000001", at="2026-12-25T10:00").press("1").hears("One moment.")

    def test_a_keyword() -> None:
        text("+351910000077", "hours", to="+351210000001").gets("Weekdays 9 to 18.")

The interface keeps its meaning as that of `switchboard.flows` does. Not uploaded to Azure.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from switchboard.testing.played_call import PlayedCall
from switchboard.testing.played_text import PlayedText
from switchboard.testing.team_files import ROOT, team_files

__all__ = ["PlayedCall", "PlayedText", "call", "text"]


def call(
    caller: str,
    *,
    to: str,
    at: str | datetime = "",
    settings: Mapping[str, str] | None = None,
    folder: Path = ROOT,
) -> PlayedCall:
    """Calls a number and returns the call, at the first moment when it waits for the caller.

    `at` is a time by the number's own clock, as `2026-12-25T10:00`; without it, now. `settings` are added to those of
    local.settings.example.json, and replace `${NAME}` in numbers.toml. `folder` has numbers.toml and flows.py.
    Raises AssertionError when numbers.toml has a mistake.
    """
    __tracebackhide__ = True
    return PlayedCall(team_files(folder, settings or {}), caller, to, at)


def text(
    sender: str,
    body: str,
    *,
    to: str,
    at: str | datetime = "",
    settings: Mapping[str, str] | None = None,
    folder: Path = ROOT,
) -> PlayedText:
    """Texts a number and returns the text with its answers. The parameters are those of `call`."""
    __tracebackhide__ = True
    return PlayedText(team_files(folder, settings or {}), sender, body, to, at)
