"""A prompt of `./sb ops` that is interrupted: the command ends at once, and has done nothing."""

from __future__ import annotations

import signal
from collections.abc import Callable

import pytest

from tests.operator_terminal import CTRL_C, CTRL_D, OperatorTerminal, on_a_terminal

ENVIRONMENT = {"AZURE_STORAGE_ACCOUNT": "sta", "KEY_VAULT_NAME": "kv-a", "TWILIO_ACCOUNT_SID": "AC" + "0" * 32}
CONFIRMATION = ("optouts", "add", "+15005550006", "--from", "+15005550001")
SECRET = ("set-secret", "twilio-auth-token")
# A prompt that waits for an answer first takes all of it.
AT_ONCE_SECONDS = 10

Interruption = Callable[[OperatorTerminal], object]


@pytest.mark.parametrize(
    ("arguments", "prompt"), [(CONFIRMATION, "[y/N] "), (SECRET, "(it is not shown): ")], ids=["question", "secret"]
)
@pytest.mark.parametrize(
    ("interruption", "code"),
    [
        (lambda command: command.type(CTRL_C), 130),
        (lambda command: command.process.send_signal(signal.SIGTERM), 143),
        (lambda command: command.type(CTRL_D), 1),
    ],
    ids=["Ctrl-C", "SIGTERM", "end of input"],
)
def test_an_interrupted_prompt_ends_the_command_at_once(
    arguments: tuple[str, ...], prompt: str, interruption: Interruption, code: int
) -> None:
    """After one key or signal, with a sentence."""
    with on_a_terminal(*arguments, environ=ENVIRONMENT) as command:
        command.wait_for(prompt)
        interruption(command)
        assert command.exit_code(AT_ONCE_SECONDS) == code
    assert "\r\n! " in command.output
    assert "Traceback" not in command.output
    assert "a bug" not in command.output


def test_a_typed_secret_is_not_echoed() -> None:
    """Up to its last letter."""
    with on_a_terminal(*SECRET, environ=ENVIRONMENT) as command:
        command.wait_for("(it is not shown): ")
        command.type("two words\n")
        assert command.exit_code() == 2
    assert "nothing was set" in command.output
    assert "two words" not in command.output
