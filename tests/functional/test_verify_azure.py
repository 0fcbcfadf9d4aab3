"""`verify-azure` with fakes of azd and az: wherever it is interrupted, it removes what it made or says what is left."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.azure_fakes import SID, TOKEN, Command, Fakes, answers, health_page
from verify.azure_environment import PREFIX

OF_THIS_SHELL = dict.fromkeys(
    ("TWILIO_TEST_AUTH_TOKEN", "ALERT_EMAIL", "PUBLIC_BASE_URL", "AZURE_ENV_NAME"), "of-this-shell"
)


@pytest.fixture
def fakes(tmp_path: Path) -> Iterator[Fakes]:
    """Both tools, logged in, with a deployment whose health page answers 200."""
    with health_page() as (origin, _):
        yield Fakes(tmp_path, answers=answers(origin))


@contextmanager
def running(fakes: Fakes, **environ: str) -> Iterator[Command]:
    """The command, which is ended in every case."""
    fakes.write()
    command = Command(fakes, SID, TOKEN, **environ)
    try:
        yield command
    finally:
        command.kill()


def run(fakes: Fakes, **environ: str) -> tuple[int, str]:
    """Exit code and output of a whole run."""
    with running(fakes, **environ) as command:
        return command.end()


def is_removed(fakes: Fakes) -> bool:
    """Whether neither the resource group nor azd's folder is left."""
    return not (fakes.home / "group").exists() and not list((fakes.home / ".azure").glob("*"))


# The two last ones are within the checklist: a login for storage, and a query of the log.
STEPS = [
    "azd env new",
    "azd env set",
    "azd up",
    "azd env get-values",
    "az keyvault secret set",
    "az account get-access-token",
    "az rest",
]


@pytest.mark.parametrize("step", STEPS)
def test_an_interrupt_at_any_step_removes_everything(step: str, fakes: Fakes) -> None:
    """Resources, azd's folder and azd's default environment are as before."""
    fakes.waits = [step]
    with running(fakes) as command:
        command.wait_for(step)
        command.interrupt()
        code, output = command.end()
    assert code == 130
    assert "Everything that was made is removed." in output
    assert is_removed(fakes)
    assert bool(fakes.called("azd down")) == bool(fakes.called("azd up"))
    assert fakes.called("azd env select production")
    assert fakes.environment().startswith(PREFIX)


def test_an_interrupt_before_anything_is_made_removes_nothing(fakes: Fakes) -> None:
    """There is nothing to select either."""
    fakes.waits = ["azd env list"]
    with running(fakes) as command:
        command.wait_for("azd env list")
        command.interrupt()
        code, _ = command.end()
    assert code == 130
    assert not fakes.called("azd down") + fakes.called("azd env new") + fakes.called("azd env select")


def test_an_interrupt_while_it_waits_for_health_removes_everything(tmp_path: Path) -> None:
    """The health page says 503."""
    with health_page(503) as (origin, asked):
        fakes = Fakes(tmp_path, answers=answers(origin))
        with running(fakes) as command:
            assert asked.wait(30)
            command.interrupt()
            code, output = command.end()
    assert (code, is_removed(fakes)) == (130, True)
    assert "Everything that was made is removed." in output


def test_a_termination_is_as_ctrl_c(fakes: Fakes) -> None:
    """As when the terminal is closed, or CI cancels a job; the exit code says which signal."""
    fakes.waits = ["azd up"]
    with running(fakes) as command:
        command.wait_for("azd up")
        command.interrupt(signal.SIGTERM)
        code, _ = command.end()
    assert (code, is_removed(fakes)) == (143, True)


def test_one_interrupt_does_not_stop_the_removal(fakes: Fakes) -> None:
    """Ctrl-C does not reach azd down: the second one while it runs ends it, and says what is left."""
    fakes.waits = ["azd up", "azd down"]
    with running(fakes) as command:
        command.wait_for("azd up")
        command.interrupt()
        command.wait_for("azd down")
        command.interrupt()
        command.wait_for_output("removing goes on")
        command.interrupt()
        code, output = command.end()
    group = f"rg-{fakes.environment()}"
    assert code == 130
    assert f"resource group {group}, as azd down was interrupted: az group delete --name {group} --yes" in output


def test_a_removal_that_fails_says_what_is_left(fakes: Fakes) -> None:
    """The group by its name, the command that deletes it, and exit code 1. azd's folder is kept: azd down needs it."""
    fakes.fails = {"azd env get-values": "soon", "azd down": "a lock"}
    code, output = run(fakes)
    group = f"rg-{fakes.environment()}"
    assert code == 1
    assert "Still there, and perhaps paid for:" in output
    assert f"az group delete --name {group} --yes" in output
    assert (fakes.home / ".azure" / fakes.environment()).is_dir()


def test_a_group_that_cannot_be_looked_up_is_perhaps_left(fakes: Fakes) -> None:
    """As when the login ended meanwhile."""
    fakes.fails = {"azd env get-values": "soon", "azd down": "no login", "az group exists": "no login"}
    _, output = run(fakes)
    assert re.search(r"perhaps resource group rg-\S+, which az could not look up: az group delete", output)


@pytest.mark.parametrize(
    ("step", "row"),
    [
        ("azd env new", "azd environment"),
        ("azd up", "provision and deploy"),
        ("azd env get-values", "outputs"),
        ("az keyvault secret set", "auth token"),
    ],
)
def test_a_failed_step_is_named_at_the_end(step: str, row: str, fakes: Fakes) -> None:
    """What went wrong first, with the tool's own words, and everything is removed."""
    fakes.fails = {step: "QuotaExceeded"}
    code, output = run(fakes)
    assert (code, is_removed(fakes)) == (1, True)
    last = " ".join(output.partition("What went wrong first: ")[2].split())
    assert last.startswith(f"{row}: ")
    assert "What to do: " in last
    assert "QuotaExceeded" in output


def test_a_role_that_is_new_is_tried_again(fakes: Fakes) -> None:
    """azd up once more, twice at most: a first deployment can end with 403."""
    fakes.fails = {"azd up": "403"}
    run(fakes)
    assert len(fakes.called("azd up")) == 3


class WholeRun(NamedTuple):
    """A run whose checklist fails, to its end."""

    fakes: Fakes
    code: int
    output: str

    @property
    def page(self) -> str:
        """The saved report."""
        (path,) = (self.fakes.home / "reports").glob("*.md")
        return path.read_text()


@pytest.fixture(scope="module")
def whole_run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WholeRun]:
    """A run from a shell whose variables belong to another deployment."""
    with health_page() as (origin, _):
        fakes = Fakes(tmp_path_factory.mktemp("whole"), answers=answers(origin), unwanted=list(OF_THIS_SHELL))
        yield WholeRun(fakes, *run(fakes, **OF_THIS_SHELL))


def test_the_name_of_the_vault_is_said_to_be_taken(whole_run: WholeRun) -> None:
    """It is the only thing that Azure keeps."""
    assert "The name of the deleted vault kv-x is taken for seven days. It costs nothing" in whole_run.output


def test_money_and_minutes_are_said_before_it_starts(whole_run: WholeRun) -> None:
    """And what is deployed where."""
    before = whole_run.output.partition("== azd environment")[0]
    assert "to westeurope, in the subscription Test subscription" in before
    assert "less than one US dollar" in before
    assert "40 to 80 minutes" in before


def test_the_token_goes_to_the_vault_and_nowhere_else(whole_run: WholeRun) -> None:
    """Not to a command line, a report or the output."""
    assert (whole_run.fakes.home / "token").read_text() == TOKEN
    assert TOKEN not in "\n".join(whole_run.fakes.calls) + whole_run.output + whole_run.page


def test_variables_of_this_shell_do_not_change_the_deployment(whole_run: WholeRun) -> None:
    """infra/main.bicepparam would read them."""
    assert (whole_run.fakes.home / "environ").read_text() == ""


def test_a_run_is_saved_with_every_step(whole_run: WholeRun) -> None:
    """Steps, rows and the removal, with times, and what went wrong first at the end."""
    names = re.findall(r"^\| ([^|]+) \|", whole_run.page, re.MULTILINE)
    assert whole_run.code == 1
    assert names[1:6] == ["azd environment", "provision and deploy", "outputs", "auth token", "wait for health"]
    assert {"queues", "text", "log lines", "alerts", "cold starts", "remove"} <= set(names)
    assert whole_run.page.rstrip().splitlines()[-2].startswith("What went wrong first: queues: ")


def test_without_azs_login_nothing_is_made(fakes: Fakes) -> None:
    """The sentence says what to run."""
    fakes.fails = {"az account show": "Please run 'az login'"}
    code, output = run(fakes)
    assert code == 1
    assert "az has no login: run `az login`" in output
    assert not fakes.called("azd env")


def test_without_azds_login_nothing_is_made(fakes: Fakes) -> None:
    """azd's exit code is 0, and its JSON says so."""
    fakes.answers["azd auth login --check-status"] = '{"status": "unauthenticated"}'
    code, output = run(fakes)
    assert code == 1
    assert "azd has no login: run `azd auth login`" in output
    assert not fakes.called("azd env")


def test_an_environment_of_an_earlier_run_is_named(fakes: Fakes) -> None:
    """As after a power failure, with the command that removes it."""
    (fakes.home / ".azure" / f"{PREFIX}0123abcd").mkdir(parents=True)
    fakes.fails = {"azd env new": "soon"}
    _, output = run(fakes)
    assert f"an earlier run left {PREFIX}0123abcd: azd down --environment {PREFIX}0123abcd" in " ".join(output.split())
