"""Texts from outside on a terminal: characters that it would execute are escaped, all others are shown."""

from __future__ import annotations

import pytest
from typer import Exit

from local.command_line import errors_as_sentences, print_transcript, say
from local.errors import LocalError
from local.printable import escape_controls


@pytest.mark.parametrize(
    ("character", "shown"),
    [
        ("\x1b", r"\x1b"),
        ("\x00", r"\x00"),
        ("\x07", r"\x07"),
        ("\b", r"\x08"),
        ("\r", r"\r"),
        ("\n", r"\n"),
        ("\x7f", r"\x7f"),
        ("\x9b", r"\x9b"),
        ("\u200e", r"\u200e"),
        ("\u200f", r"\u200f"),
        ("\u061c", r"\u061c"),
        *((chr(code), rf"\u{code:04x}") for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))),
        ("\u2028", r"\u2028"),
        ("\u2029", r"\u2029"),
        ("\ufeff", r"\ufeff"),
        ("\ud800", r"\ud800"),
        ("\U000e0041", r"\U000e0041"),
    ],
)
def test_a_character_that_a_terminal_executes_is_escaped(character: str, shown: str) -> None:
    """Wherever it is in the text."""
    assert escape_controls(f"a{character}b{character}") == f"a{shown}b{shown}"


@pytest.mark.parametrize(
    "text", ["Olá, 你好, שלום", "50\u00a0%", "👩\u200d🚒", "می\u200cخواهم", r"C:\new", "[red]:bomb:"]
)
def test_every_other_character_is_shown(text: str) -> None:
    """Letters of every script, spaces, joined emoji, backslashes."""
    assert escape_controls(text) == text


@pytest.fixture
def attack() -> str:
    """A text that clears the screen, writes another line, and turns the rest around."""
    return "Hello\x1b[2J\x9b31m\u202eolleh\nstack      all parts have ended"


def test_a_line_of_a_local_part_is_escaped(attack: str, capsys: pytest.CaptureFixture[str]) -> None:
    """It stays one line."""
    say(f'twilio     text from +15005550006: "{attack}" SM1')
    printed = capsys.readouterr().out
    assert printed.removesuffix("\n").isprintable()
    assert r"\x1b[2J\x9b31m\u202eolleh\nstack" in printed


def test_a_transcript_is_escaped_except_for_its_lines(attack: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The lines are the transcript's own form."""
    print_transcript(f"POST /api/sms/incoming  200, 5 ms\n  → texts: {attack}")
    lines = capsys.readouterr().out.split("\n")
    assert len(lines) == 4
    assert all(line.isprintable() for line in lines)
    assert r"\x1b[2J\x9b31m\u202eolleh" in lines[1]


def test_an_error_of_a_local_command_is_escaped(attack: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The stand-in's answer can be part of it, or the last lines of a program."""
    with pytest.raises(Exit), errors_as_sentences():
        raise LocalError(attack)
    assert all(line.isprintable() for line in capsys.readouterr().err.split("\n"))
