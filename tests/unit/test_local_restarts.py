"""Restarts on save: files that are noticed, a host that does not start, and what is shown of numbers.toml."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest

from local.numbers_board import ClockError, NumbersBoard
from local.parts import HostProcess, PartError
from local.restarts import NumbersPage, Restarts
from local.watch import Watch
from tests.flows_files import RESERVATIONS
from tests.numbers_files import one_number

QUICK = 0.01


async def first_save(files: list[Path], save: Any) -> set[str]:  # noqa: ANN401  # any change of the files
    """The names that the first event has after `save`."""
    events = Watch(lambda: files, seconds=QUICK).saves()
    save()
    changed = await asyncio.wait_for(anext(events), 5)
    await events.aclose()
    return {path.name for path in changed}


async def test_a_save_is_noticed(tmp_path: Path) -> None:
    """Also a file that appears or goes, and several at once are one event."""
    one, other = tmp_path / "numbers.toml", tmp_path / "flows.py"
    one.write_text("a")

    def save_both() -> None:
        one.write_text("longer")
        other.write_text("x")

    assert await first_save([one, other], save_both) == {"numbers.toml", "flows.py"}
    assert await first_save([one, other], other.unlink) == {"flows.py"}


@dataclass
class FakeHost:
    """A host that starts, or does not."""

    starts: list[bool]
    restarted: int = 0
    problems: dict[str, str] = field(default_factory=dict)

    async def restart(self) -> None:
        """As the list says."""
        self.restarted += 1
        if not self.starts.pop(0):
            raise PartError("the Functions host ended by itself, with 1")


@dataclass
class FakeStandIn:
    """Notes what it is asked for."""

    done: list[str] = field(default_factory=list)

    def pause_webhooks(self) -> None:
        """Note it."""
        self.done.append("pause")

    async def webhooks_answered(self) -> None:
        """Note it."""
        self.done.append("answered")

    def resume_webhooks(self, failure: str = "") -> None:
        """Note it."""
        self.done.append("resume")

    def show_numbers(self, shown: object, own: object) -> None:
        """Note it."""
        self.done.append("show")


async def test_a_host_that_does_not_start_is_tried_again_at_the_next_save(tmp_path: Path) -> None:
    """The stack stays up and says why; webhooks do not wait for it."""
    file = tmp_path / "numbers.toml"
    file.write_text(one_number("answer = { hangup = true }"))
    host, standin, lines = FakeHost([False, True]), FakeStandIn(), list[str]()
    restarts = Restarts(NumbersBoard(file, {}), cast("HostProcess", host), cast("NumbersPage", standin), lines.append)
    following = asyncio.create_task(restarts.follow())
    await asyncio.sleep(0.1)
    for count in (1, 2):
        file.write_text(file.read_text() + "# saved\n")
        async with asyncio.timeout(10):
            while host.restarted < count:  # noqa: ASYNC110 - there is no event for it
                await asyncio.sleep(0.05)
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
    assert standin.done == ["show", "pause", "answered", "resume"] * 2
    failed, restarted = lines
    assert failed == "! numbers.toml saved, not restarted: the Functions host ended by itself, with 1"
    assert re.fullmatch(r"numbers\.toml saved: restarted in \d\.\d s", restarted)


def test_the_board_has_numbers_trees_and_mistakes(tmp_path: Path) -> None:
    """And the account's own number where `"*"` answers it."""
    file = tmp_path / "numbers.toml"
    others = '[[numbers]]\nnumber = "*"\nname = "x"\nanswer = { hangup = true }\n'
    file.write_text(one_number('answer = { ring = ["nobody"] }') + others)
    shown = NumbersBoard(file, {"TWILIO_FROM": "+15005550001"}).to_json()
    assert shown["callable"] == ["+15005550001", "+351210000001"]
    trees = cast("list[dict[str, Any]]", shown["trees"])
    assert [tree["text"] for tree in trees][1:2] == ["x (any other) is open"]
    problems = cast("list[dict[str, Any]]", shown["problems"])
    assert any("ring[0]" in problem["text"] for problem in problems)


@pytest.mark.parametrize("text", ["tomorrow", "2026-13-01T00:00", "99999"])
def test_a_time_that_cannot_be_read_is_refused(tmp_path: Path, text: str) -> None:
    """With an example of one that can."""
    file = tmp_path / "numbers.toml"
    file.write_text(one_number("answer = { hangup = true }"))
    with pytest.raises(ClockError, match="2026-12-27T22:00"):
        NumbersBoard(file, {}).set_clock(text)


async def test_what_is_unhealthy_after_a_restart_is_said(tmp_path: Path) -> None:
    """As at the first start: a flow that is not registered, for example."""
    file = tmp_path / "numbers.toml"
    file.write_text(one_number("answer = { hangup = true }"))
    host, lines = FakeHost([True], problems={"flows": "flows.py, line 1: NameError"}), list[str]()
    board = NumbersBoard(file, {})
    restarts = Restarts(board, cast("HostProcess", host), cast("NumbersPage", FakeStandIn()), lines.append)
    following = asyncio.create_task(restarts.follow())
    await asyncio.sleep(0.1)
    board.flows.write_text("x\n")
    async with asyncio.timeout(10):
        while len(lines) < 2:  # noqa: ASYNC110 - there is no event for it
            await asyncio.sleep(0.05)
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
    assert lines[0].startswith("flows.py saved: restarted in ")
    assert lines[1] == "! the app is not healthy: flows: flows.py, line 1: NameError"


def test_the_steps_of_a_flow_are_below_it_in_the_tree(tmp_path: Path) -> None:
    """Read from the source, in its order, through the functions that it calls."""
    file = tmp_path / "numbers.toml"
    file.write_text(one_number('menu.1 = { label = "a table", flow = "reservations" }\nmenu.2 = { hangup = true }'))
    board = NumbersBoard(file, {})
    board.flows.write_text(RESERVATIONS)
    trees = cast("list[dict[str, Any]]", board.to_json()["trees"])
    flow = next(branch for branch in walked(trees) if branch["text"].endswith("flow reservations"))
    assert [branch["text"] for branch in flow["branches"]] == ["step time", "step confirm", "step done"]


def test_a_syntax_error_is_shown_with_file_and_line(tmp_path: Path) -> None:
    """On the page and in the terminal; the trees are there without steps."""
    file = tmp_path / "numbers.toml"
    file.write_text(one_number('answer = { flow = "reservations" }'))
    board = NumbersBoard(file, {})
    board.flows.write_text("\ndef broken(:\n")
    assert board.mistakes()[-1] == "flows.py: line 2: invalid syntax"
    shown = board.to_json()
    assert cast("list[dict[str, Any]]", shown["problems"])[-1] == {
        "text": "flows.py: line 2: invalid syntax",
        "warning": False,
    }
    assert shown["trees"]


def walked(trees: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Every branch."""
    for tree in trees:
        yield tree
        yield from walked(tree["branches"])
