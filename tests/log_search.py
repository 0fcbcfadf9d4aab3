"""All that the app logs, searched for what must not be in it: a number, words, a token, a key."""

import json
import traceback

import pytest

from switchboard.blueprints.delivery import TryAgain
from switchboard.blueprints.housekeeping import Unfinished
from tests.doubles import ACCOUNT_KEY
from tests.fakes import TOKEN
from tests.functions import deliver, tick

# Without its plus, which a URL writes as %2B; a part of it, in case somebody logs it shortened.
DIGITS = "5005550010"
CALLER = "+1" + DIGITS
WORDS = "the-secret-words"
SECRETS = (DIGITS, WORDS, TOKEN, ACCOUNT_KEY)
TEXT = json.dumps({"id": "t1", "to": CALLER, "body": WORDS})
CALL = json.dumps({"id": "c1", "to": CALLER, "say": WORDS})
STRANGER = ValueError(f"{CALLER} said {WORDS} with {TOKEN}")


class Log:
    """All that was logged, with what the host adds of a function that fails."""

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        self._caplog = caplog
        self._failures: list[BaseException] = []

    async def deliver(self, queue: str, body: str) -> None:
        """Hand a message to its function; the host logs what it raises, with the traceback."""
        try:
            await deliver(queue, body)
        except TryAgain as failure:
            self._failures.append(failure)

    async def tick(self, timer: str) -> None:
        """Let a timer's function run; the host logs what it raises, with the traceback."""
        try:
            await tick(timer)
        except Unfinished as failure:
            self._failures.append(failure)

    @property
    def text(self) -> str:
        """Messages, arguments, attributes and tracebacks."""
        written = [f"{record.getMessage()} {record.args} {record.__dict__}" for record in self._caplog.records]
        causes = [record.exc_info[1] for record in self._caplog.records if record.exc_info]
        raised = [error for error in (*causes, *self._failures) if error is not None]
        return "\n".join([*written, *("".join(traceback.format_exception(error)) for error in raised)])

    def found(self) -> list[str]:
        """The secrets that are in it."""
        return [secret for secret in SECRETS if secret in self.text]
