"""`numbers check`, `numbers show`, `point --all`, and the checks of `doctor` that compare file and account."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from typer.testing import CliRunner, Result

from ops.__main__ import app
from ops.errors import OpsError
from ops.numbers_checks import numbers_checks
from ops.point import point
from ops.twilio_account import TwilioAccount
from ops.webhook_urls import number_fields
from tests.fakes import ORIGIN
from tests.numbers_files import MISTAKES, TEN_MISTAKES
from tests.ops_context import FakeCommandContext

GOOD = """\
time_zone = "Europe/Lisbon"
[hours.office]
days = { mon-fri = ["09:00-18:00"] }
dates = { 2026-12-25 = [] }
[agents]
ana = { number = "${ANA}", pin = "2468" }
[[numbers]]
number = "+15005550001"
name = "Front desk"
hours = "office"
answer = { ring = ["ana"] }
[[numbers]]
number = "+15005550002"
name = "Back office"
answer = { voicemail = true }
"""


def ran(*arguments: str, **environ: str) -> Result:
    """A command that needs neither storage nor Twilio; there is no azd."""
    return CliRunner(env={"PATH": "", "ANA": "+351210000010", **environ}).invoke(app, arguments)


def written(folder: Path, text: str) -> str:
    """The path of a file with this text."""
    path = folder / "numbers.toml"
    path.write_text(text)
    return str(path)


def test_a_good_file_is_what_each_number_does_now(tmp_path: Path) -> None:
    """Who is rung, with settings of the environment in place."""
    done = ran("numbers", "check", written(tmp_path, GOOD.replace('hours = "office"\n', "")))
    assert done.exit_code == 0
    assert "Front desk (+15005550001) is open" in done.stdout
    assert "rings ana (+351210000010) for 20 s" in done.stdout


def test_ten_mistakes_are_all_named_by_path_and_line(tmp_path: Path) -> None:
    """With what to write instead; exit code 1."""
    done = ran("numbers", "check", written(tmp_path, TEN_MISTAKES))
    assert done.exit_code == 1
    lines = [line for line in done.stdout.splitlines() if line and "warning" not in line]
    assert [(line.split(": ")[0], line.split(": ")[1]) for line in lines] == [
        (f"line {line}", path) for line, path in MISTAKES.items()
    ]
    assert "voicemail" in lines[8].partition("voicemial")[2]
    assert "10 mistakes in" in done.stderr


def test_a_file_that_is_not_toml_is_one_problem_with_its_line(tmp_path: Path) -> None:
    """Nothing after it can be read."""
    done = ran("numbers", "check", written(tmp_path, 'language = "en"\ngreeting = Welcome.\n'))
    assert done.exit_code == 1
    assert done.stdout.startswith("line 2: ")
    assert "1 mistake in" in done.stderr


@pytest.mark.parametrize(
    ("at", "first"),
    [
        ("2026-12-25T10:00", "Front desk (+15005550001) is closed"),
        ("2026-12-22T10:00", "Front desk (+15005550001) is open"),
        ("2026-12-22T08:59", "Front desk (+15005550001) is closed"),
        ("2026-12-22T09:00+00:00", "Front desk (+15005550001) is open"),
    ],
)
def test_show_says_open_or_closed_first(tmp_path: Path, at: str, first: str) -> None:
    """By the number's own clock, then since and until when, and what a caller gets."""
    done = ran("numbers", "show", "+15005550001", "--at", at, "--file", written(tmp_path, GOOD))
    assert done.exit_code == 0
    assert done.stdout.splitlines()[0] == first
    assert "until " in done.stdout


class FakeAccount:
    """An account with these numbers, and the URLs that each has."""

    def __init__(self, *numbers: str, away: str = "") -> None:
        self.resources = [self._resource(number, away=number == away) for number in numbers]
        self.updated: list[str] = []

    async def number(self, number: str) -> Any:  # noqa: ANN401  # as the account's
        """One of its own."""
        return next((each for each in self.resources if each.phone_number == number), None)

    async def numbers(self) -> list[Any]:
        """All."""
        return self.resources

    async def update(self, resource: Any, fields: dict[str, object]) -> Any:  # noqa: ANN401  # as the account's
        """Keep it."""
        self.updated.append(resource.phone_number)
        vars(resource).update(fields)
        return resource

    @staticmethod
    def _resource(number: str, *, away: bool) -> SimpleNamespace:
        fields = number_fields("https://elsewhere.fabrikam.net" if away else ORIGIN)
        return SimpleNamespace(phone_number=number, sid=f"PN{number}", trunk_sid=None, **fields)


def context_of(account: FakeAccount) -> FakeCommandContext:
    """A command's context with this account."""
    context = FakeCommandContext()

    async def twilio_account() -> TwilioAccount:
        return cast("TwilioAccount", account)

    context.fakes.twilio_account = twilio_account  # type: ignore[method-assign]
    return context


def outcomes(account: FakeAccount, path: str) -> dict[str, str]:
    """What each check says, by its name; the sentence of an error after an exclamation mark."""

    async def run() -> dict[str, str]:
        found = {}
        async for name, check in numbers_checks(context_of(account), Path(path)):
            try:
                found[name] = await check()
            except OpsError as error:
                found[name] = f"! {error}"
        return found

    return asyncio.run(run())


def test_an_account_with_the_files_numbers_is_good(tmp_path: Path) -> None:
    """Each points to this app."""
    account = FakeAccount("+15005550001", "+15005550002")
    found = outcomes(account, written(tmp_path, GOOD))
    assert not [said for said in found.values() if said.startswith("!")]
    assert found["number +15005550001"] == "points to this app"


def test_the_file_and_the_account_are_compared_both_ways(tmp_path: Path) -> None:
    """A number that the account does not have, one that points elsewhere, and one that the file does not have."""
    account = FakeAccount("+15005550002", "+15005550003", away="+15005550002")
    found = outcomes(account, written(tmp_path, GOOD))
    assert "the account does not" in found["number +15005550001"]
    assert "do not point to this app" in found["number +15005550002"]
    assert found["other numbers"].startswith("! +15005550003: calls reach this app")


def test_any_other_number_answers_for_numbers_without_an_entry(tmp_path: Path) -> None:
    """`"*"` in the file."""
    text = GOOD + '[[numbers]]\nnumber = "*"\nname = "Others"\nanswer = { voicemail = true }\n'
    found = outcomes(FakeAccount("+15005550001", "+15005550002", "+15005550003"), written(tmp_path, text))
    assert found["other numbers"] == "1 without an entry, 1 of them point to this app"


def test_every_number_of_the_file_is_pointed_at_once(tmp_path: Path) -> None:
    """`--all`; those that point here already stay."""
    account = FakeAccount("+15005550001", "+15005550002", away="+15005550002")
    context = context_of(account)
    file, memory = Path(written(tmp_path, GOOD)), tmp_path / "pointed.json"
    asyncio.run(point(context, every=True, file=file, memory=memory, yes=True))
    assert account.updated == ["+15005550002"]
    assert context.fake_terminal.questions == ["Make these changes to +15005550002?"]


def test_nothing_is_changed_when_the_account_lacks_a_number(tmp_path: Path) -> None:
    """The sentence names it."""
    account = FakeAccount("+15005550001", away="+15005550001")
    context = context_of(account)
    with pytest.raises(OpsError, match=r"the account has no number .*\+15005550002"):
        asyncio.run(point(context, every=True, file=Path(written(tmp_path, GOOD)), memory=tmp_path / "p", yes=True))
    assert account.updated == []


@pytest.mark.parametrize(
    ("flows", "problem"),
    [
        ("def broken(:\n", "flows.py, line 1: SyntaxError: "),
        ("", "flows.py: numbers.toml names the voice flow directions, and it is not registered"),
    ],
)
def test_what_is_wrong_with_flows_is_a_mistake(flows: str, problem: str, tmp_path: Path) -> None:
    """A syntax error with its line, and a flow that numbers.toml names and flows.py lacks."""
    file = written(tmp_path, '[[numbers]]\nnumber = "*"\nanswer = { flow = "directions" }\n')
    (tmp_path / "flows.py").write_text(flows)
    done = ran("numbers", "check", file)
    assert done.exit_code == 1
    assert problem in done.stdout
