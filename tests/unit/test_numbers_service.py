"""The file as a worker reads it: once, with its problems in the log and none of its values."""

import logging
from pathlib import Path

import pytest

from switchboard import services
from switchboard.services import NUMBERS_FILE, Services
from tests.fakes import ENVIRONMENT, FakeServices
from tests.functions import serving

ROOT = Path(__file__).parents[2]
WRONG = '[[numbers]]\nnumber = "+351210000001"\nanswer = { ring = ["nobody"] }\n'


def with_file(path: Path, text: str) -> Services:
    """A worker whose numbers.toml says this."""
    path.write_text(text)
    return Services(ENVIRONMENT, numbers_file=path)


def test_the_file_is_beside_the_app() -> None:
    """And is uploaded with it."""
    assert NUMBERS_FILE == ROOT / "numbers.toml"
    assert (NUMBERS_FILE.parent / "function_app.py").exists()


def test_problems_are_logged_by_line_path_and_kind(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Once in a worker, without a value."""
    current = with_file(tmp_path / "numbers.toml", WRONG)
    with caplog.at_level(logging.WARNING):
        assert current.numbers is current.numbers
    (record,) = caplog.records
    assert record.levelname == "ERROR"
    assert record.message == "event=numbers_problem line=3 problem=numbers[0].answer.ring[0]: unknown-name"


@pytest.mark.parametrize("text", ["", "language = ", "numbers = 1", "\x00"])
def test_a_file_that_is_no_file_takes_voicemail(tmp_path: Path, text: str) -> None:
    """One that is absent, too: no exception, whatever it holds."""
    current = with_file(tmp_path / "numbers.toml", text)
    assert not current.numbers.find("+351210000001").known
    (tmp_path / "numbers.toml").unlink()
    assert not Services(ENVIRONMENT, numbers_file=tmp_path / "numbers.toml").numbers.find("+1").known


def test_a_setting_that_has_moved_is_one_line_in_the_log(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without its value, which may be a number."""
    for name, value in {**ENVIRONMENT, "BLOCKED_CALLERS": "+15005550666"}.items():
        monkeypatch.setenv(name, value)
    with serving(FakeServices()), caplog.at_level(logging.WARNING):
        services.replace(None)
        services.current()
    (record,) = caplog.records
    assert record.message.startswith("event=setting_moved setting=BLOCKED_CALLERS: no longer read; write blocked")
    assert "5005550" not in record.message
