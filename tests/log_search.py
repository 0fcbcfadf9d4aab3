"""The app's log, searched for what must not be in it: a number, a text, a token, a key."""

import json
import traceback

import pytest

from switchboard.blueprints.delivery import TryAgain
from switchboard.blueprints.housekeeping import Unfinished
from tests.doubles import ACCOUNT_KEY
from tests.fakes import TOKEN
from tests.functions import deliver, tick

# A part of the number, without its plus: it may be logged shortened, or in a URL.
DIGITS = "5005550010"
CALLER = "+1" + DIGITS
WORDS = "the-secret-words"
SECRETS = (DIGITS, WORDS, TOKEN, ACCOUNT_KEY)
TEXT = json.dumps({"id": "t1", "to": CALLER, "body": WORDS})
CALL = json.dumps({"id": "c1", "to": CALLER, "say": WORDS})
LIBRARY_ERROR = ValueError(f"{CALLER} sent {WORDS} with {TOKEN}")


class Log:
    """Everything that was logged, with the host's own log of a function that fails."""

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        self._caplog = caplog
        self._failures: list[BaseException] = []

    async def deliver(self, queue: str, body: str) -> None:
        """Delivers a message to its function; the host logs an exception with its traceback."""
        try:
            await deliver(queue, body)
        except TryAgain as failure:
            self._failures.append(failure)

    async def tick(self, timer: str) -> None:
        """Runs a timer's function; the host logs an exception with its traceback."""
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
        """The secrets that the log contains."""
        return [secret for secret in SECRETS if secret in self.text]
