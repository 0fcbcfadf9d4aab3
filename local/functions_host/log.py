"""The host's log: short lines with a time of day. The host itself logs no bodies, queries or tokens."""

from __future__ import annotations

import contextvars
import logging
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

Say = Callable[[str], None]

# The name of the function that runs, "" outside a run. The invoker sets it.
current_function: contextvars.ContextVar[str] = contextvars.ContextVar("current_function", default="")


class Log(logging.Handler):
    """Writes what functions log, as `12:00:01 send_sms event=…`; warnings and errors with a `!`.

    Outside a run it writes only warnings and errors: Azure drops the rest.
    """

    def __init__(self, say: Say) -> None:
        super().__init__()
        self._say = say

    def say(self, line: str, *, wrong: bool = False) -> None:
        """Write a line; line breaks in it become spaces."""
        mark = "! " if wrong else ""
        self._say(f"{datetime.now().astimezone():%H:%M:%S} {mark}{' '.join(line.split())}")

    def failed(self, function: str, error: BaseException) -> None:
        """Write that a function raised: the error, and its location."""
        self.say(f"{function} failed: {_last_line(error)}", wrong=True)

    def emit(self, record: logging.LogRecord) -> None:
        """Write a log record."""
        function = current_function.get()
        wrong = record.levelno >= logging.WARNING
        if not function and not wrong:
            return
        try:
            error = record.exc_info[1] if record.exc_info else None
            reason = f": {_last_line(error)}" if error else ""
            self.say(f"{function or record.name} {record.getMessage()}{reason}", wrong=wrong)
        except Exception:
            self.handleError(record)


@contextmanager
def forwarding(log: Log) -> Iterator[None]:
    """Add the handler to the root logger, at INFO as in the worker, until the `with` ends."""
    root = logging.getLogger()
    level = root.level
    root.addHandler(log)
    root.setLevel(logging.INFO)
    try:
        yield
    finally:
        root.setLevel(level)
        root.removeHandler(log)


def _last_line(error: BaseException) -> str:
    last = "".join(traceback.format_exception_only(error)).strip()
    frames = traceback.extract_tb(error.__traceback__)
    return f"{last} ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else last
