"""A file that is not TOML, or cannot be read: one problem, its line, and voicemail for every call."""

from pathlib import Path

import pytest

from switchboard.numbers import Numbers, TakeVoicemail
from switchboard.numbers.reader import read_file
from tests.numbers_files import FRONT_DESK, WHOLE, numbers

TRAPS = [
    ('[[numbers]]\nmenu.1 = { ring = ["a"],\n  seconds = 20 }', 2, "ends on the line it begins on"),
    ('[[numbers]]\nmenu.1 = { ring = ["a"], }', 2, "Delete the comma"),
    ("[[numbers]]\nmenu.* = { hangup = true }", 2, '"*"'),
    ('[[numbers]]\ntexts = { * = "Thanks." }', 2, '"*"'),
    ("language = en\n", 1, "texts in quotes"),
    ("[[numbers]]\nnumber = +351 210 000 001 # ours\n", 2, "in quotes"),
    ("[hours.office]\ndays = { mon = [09:00-12:00] }\n", 2, "in quotes"),
    ("[[numbers]]\nspeech = True\n", 2, "small letters"),
    ("[[numbers]]\nagent_menu = no\n", 2, "small letters"),
    ('[[numbers]]\nanswer = { ring = [alice], greeting = "One." }\n', 2, "texts in quotes"),
    ('[[numbers]\nnumber = "*"\n', 1, "two brackets"),
    ('[numbers]\nnumber = "*"\n\n[[numbers]]\nnumber = "+351210000001"\n', 4, "[[numbers]]"),
    ('hours = "office"\n[hours.office]\ndays = {}\n', 2, "below each [[numbers]]"),
    ('language = "en"\nlanguage = "pt"\n', 2, "there twice"),
    ("language\n", 1, "name = value"),
    ('[[numbers]]\ngreeting = "Welcome\n', 2, "quote on the same line"),
    ('x = ["a"', 1, "Close the list"),
    ('x = """a\nb', 2, "Close the text"),
    ('a = "x" =', 1, "docs/numbers.md"),
    ("x = " + "[" * 100_000, 1, "Close the list"),
]


@pytest.mark.parametrize(("text", "line", "write"), TRAPS, ids=range(len(TRAPS)))
def test_a_file_that_is_not_toml_is_one_problem(text: str, line: int, write: str) -> None:
    """Its line, and what is usually meant by such a line."""
    [problem] = numbers(text).problems
    assert (problem.path, problem.line, problem.kind, problem.warning) == ("", line, "not-toml", False)
    assert write in problem.write
    assert problem.public == "numbers.toml: not-toml"


def answers_with_voicemail(read: Numbers) -> bool:
    """Whether a call to any number is answered."""
    return read.numbers == () and read.find(FRONT_DESK).answer == TakeVoicemail()


def test_a_file_that_is_not_toml_answers_with_voicemail() -> None:
    """All that it said is lost, the caller is not."""
    assert answers_with_voicemail(numbers(WHOLE + "\nbroken"))


def test_a_file_that_is_not_there_answers_with_voicemail(tmp_path: Path) -> None:
    """The problem names what is missing, not a traceback."""
    read = read_file(tmp_path / "numbers.toml", {}, local=True)
    assert answers_with_voicemail(read)
    assert "cannot be read: No such file" in str(read.problems[0])


def test_a_file_that_is_not_utf_8_answers_with_voicemail(tmp_path: Path) -> None:
    """An editor saved it in another encoding: the line of the first letter that shows it."""
    (tmp_path / "numbers.toml").write_bytes(b'language = "pt"\n# Rece\xe7\xe3o\n')
    read = read_file(tmp_path / "numbers.toml", {}, local=True)
    assert answers_with_voicemail(read)
    assert (read.problems[0].line, read.problems[0].kind) == (2, "not-toml")


def test_a_file_is_read_as_its_text(tmp_path: Path) -> None:
    """With a byte order mark or without."""
    (tmp_path / "numbers.toml").write_text(WHOLE, encoding="utf-8-sig")
    assert read_file(tmp_path / "numbers.toml", {"OPERATOR_NUMBER": "+351210000020"}, local=True) == numbers(WHOLE)
