"""What `./sb ops` prints of others' texts: escaped, and never read as markup."""

from __future__ import annotations

import json
from contextlib import redirect_stdout
from io import BytesIO, TextIOWrapper

import pytest

from ops.errors import UsageError
from ops.terminal import Terminal

ATTACK = "Hello\x1b]0;title\x07\x1b[2J\x9b31m\u202eolleh\u2066\u200f\u2028\r\nother  line \x7f"
ESCAPED = r"Hello\x1b]0;title\x07\x1b[2J\x9b31m\u202eolleh\u2066\u200f\u2028\r\nother  line \x7f"
MARKUP = "[bold red]sale[/] [link=x]link[/nothing] :bomb: end"


def printed(capsys: pytest.CaptureFixture[str]) -> str:
    """Returns the output without its last line break; it has no character that a terminal executes."""
    captured = capsys.readouterr()
    output = (captured.out + captured.err).removesuffix("\n")
    # A joiner moves nothing, but Python counts it as not printable.
    assert all(line.replace("\u200d", "").isprintable() for line in output.split("\n"))
    return output


def test_a_line_is_escaped(capsys: pytest.CaptureFixture[str]) -> None:
    """It stays one line."""
    Terminal().answer({}, ATTACK)
    assert printed(capsys) == ESCAPED


def test_a_cell_is_escaped(capsys: pytest.CaptureFixture[str]) -> None:
    """It stays in its row."""
    Terminal().table({}, ("reason",), [[ATTACK]])
    assert [line.rstrip() for line in printed(capsys).split("\n")] == ["reason", ESCAPED]


def test_a_note_is_escaped(capsys: pytest.CaptureFixture[str]) -> None:
    """Errors are notes, and may contain Twilio's message."""
    Terminal().note(ATTACK)
    assert printed(capsys) == ESCAPED


def test_markup_is_printed_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    """Neither rich's tags nor its emoji codes are read."""
    terminal = Terminal()
    terminal.answer({}, MARKUP)
    terminal.note(MARKUP)
    terminal.table({}, ("reason",), [[MARKUP]])
    assert printed(capsys).count(MARKUP) == 3


def test_json_has_the_same_data_without_control_characters(capsys: pytest.CaptureFixture[str]) -> None:
    """JSON's own escapes, as JSON may be printed on a terminal too."""
    data = {"body": ATTACK + "\U000e0041", MARKUP: ["é", "👩\u200d🚒"]}
    Terminal(as_json=True).answer(data)
    document = printed(capsys)
    assert json.loads(document) == data
    assert "é" in document


def test_a_question_without_a_terminal_is_wrong_usage() -> None:
    """Nobody can answer it."""
    with pytest.raises(UsageError, match="give --yes"):
        Terminal().confirm("Delete 3 permanently?", yes=False)


@pytest.mark.parametrize("as_json", [True, False])
def test_an_answer_is_written_at_once(as_json: bool) -> None:
    """In a pipe too: `events --take` deletes an event after it is printed, and a buffer ends with its process."""
    written = BytesIO()
    with redirect_stdout(TextIOWrapper(written)):
        Terminal(as_json=as_json).answer("an event", "an event")
        assert b"an event" in written.getvalue()
