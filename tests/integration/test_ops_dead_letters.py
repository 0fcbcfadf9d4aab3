"""`./sb ops dead-letter` against the local stack: lists, replays, deletions and interruptions."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator

import pytest

from local.storage import StorageOptions
from tests.integration.ops_stack import Stack, add_dead_letter, command, count_messages, new_number, running
from tests.operator_terminal import CTRL_C, CTRL_D, OperatorTerminal, on_a_terminal


@pytest.fixture(scope="module")
def shared(azurite: StorageOptions) -> Iterator[Stack]:
    """The running stack of this module."""
    with running(azurite.connection_string) as stack:
        yield stack


@pytest.fixture
def stack(shared: Stack) -> Stack:
    """The same stack, with empty queues."""
    shared.empty()
    return shared


def test_dead_letters_are_listed_replayed_and_dropped(stack: Stack) -> None:
    """A list takes nothing; a replayed command is sent; what is no command stays until it is dropped."""
    to = new_number()
    add_dead_letter(stack, "m1", command(to))
    add_dead_letter(stack, "m2", "{")
    listed = stack.ops("dead-letter", "list", "--json")
    every = stack.ops("dead-letter", "list", "--all", "--json")
    shown = stack.ops("dead-letter", "show", "t1")
    assert len(stack.do(lambda _, queues: queues.visible("dead-letter"))) == 2
    replayed = stack.ops("dead-letter", "replay", "--all", "--yes", "--json")
    sent = stack.ops("send-text", "--to", to, "Hello", "--id", "t1", "--wait")
    dropped = stack.ops("dead-letter", "drop", "m2", "--yes", "--json")
    assert [each["command"] for each in listed.json["dead_letters"]] == ["t1", ""]
    assert every.json["dead_letters"] == listed.json["dead_letters"]
    assert to in shown.stdout
    assert (replayed.code, [each["replayed"] for each in replayed.json["dead_letters"]]) == (1, [True, False])
    assert (sent.code, len(stack.standin.account.messages)) == (0, 1)
    assert (dropped.code, len(dropped.json["dropped"]), count_messages(stack)) == (0, 1, 0)


def test_more_dead_letters_than_a_peek_returns_are_all_found(stack: Stack) -> None:
    """A peek returns 32; one beyond them is found by its id, and all of them are visible afterwards."""
    for number in range(40):
        add_dead_letter(stack, f"m{number}", command(new_number(), id=f"t{number}"))
    listed = stack.ops("dead-letter", "list", "--json")
    every = stack.ops("dead-letter", "list", "--all", "--json")
    shown = stack.ops("dead-letter", "show", "t39")
    dropped = stack.ops("dead-letter", "drop", "t39", "--yes")
    assert (count_messages(stack), len(stack.do(lambda _, queues: queues.visible("dead-letter")))) == (39, 32)
    assert (len(listed.json["dead_letters"]), len(every.json["dead_letters"])) == (32, 40)
    assert "32 of about 40" in listed.stderr
    assert (shown.code, dropped.code) == (0, 0)


@pytest.mark.parametrize(
    "interruption",
    [
        lambda command: command.type(CTRL_C),
        lambda command: command.process.send_signal(signal.SIGTERM),
        lambda command: command.type(CTRL_D),
        OperatorTerminal.hang_up,
    ],
    ids=["Ctrl-C", "SIGTERM", "end of input", "closed terminal"],
)
def test_dead_letters_hidden_for_a_question_are_visible_after_an_interruption(
    stack: Stack, interruption: Callable[[OperatorTerminal], None]
) -> None:
    """At once, not when their hiding ends after ten minutes; none is deleted."""
    add_dead_letter(stack, "m1", command(new_number()))
    add_dead_letter(stack, "m2", "{")
    with on_a_terminal("dead-letter", "drop", "--all", "--local", environ=stack.environ) as drop:
        drop.wait_for("[y/N] ")
        assert stack.do(lambda _, queues: queues.visible("dead-letter")) == []
        interruption(drop)
        drop.exit_code()
    assert len(stack.do(lambda _, queues: queues.visible("dead-letter"))) == 2


def test_a_dead_letter_with_control_characters_is_shown_escaped(stack: Stack) -> None:
    """Its body, whoever wrote it: with the body's own lines, indented, and without colours or a cleared screen."""
    add_dead_letter(stack, "m1", '{"id": "t1",\r\n"to": "\x1b[2J\u202e[red]x[/]"}', reason="\x9b31mred")
    listed = stack.ops("dead-letter", "list")
    shown = stack.ops("dead-letter", "show", "m1")
    assert r"\x9b31mred" in listed.stdout
    assert shown.stdout.split("\n")[1:4] == [
        r"  \x9b31mred",
        r'    {"id": "t1",\r',
        r'    "to": "\x1b[2J\u202e[red]x[/]"}',
    ]
