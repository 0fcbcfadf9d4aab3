"""What the host says: short lines, each with its time of day. Never a body, a query or a token of its own accord."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from local.functions_host.invocation import current_function

Say = Callable[[str], None]


class Log(logging.Handler):
    """Says what functions log, as `12:00:01 send_sms event=…`; warnings and worse with a `!`.

    What is logged outside a run is said from WARNING on: Azure drops it.
    """

    def __init__(self, say: Say) -> None:
        super().__init__()
        self._say = say

    def say(self, line: str, *, wrong: bool = False) -> None:
        """One line, whatever the text."""
        mark = "! " if wrong else ""
        self._say(f"{datetime.now().astimezone():%H:%M:%S} {mark}{' '.join(line.split())}")

    def failed(self, function: str, error: BaseException) -> None:
        """Say that a function raised: the last line of the traceback, and where."""
        self.say(f"{function} failed: {_last_line(error)}", wrong=True)

    def emit(self, record: logging.LogRecord) -> None:
        """Say a record."""
        function = current_function.get()
        wrong = record.levelno >= logging.WARNING
        if not function and not wrong:
            return
        try:
            error = record.exc_info[1] if record.exc_info else None
            because = f": {_last_line(error)}" if error else ""
            self.say(f"{function or record.name} {record.getMessage()}{because}", wrong=wrong)
        except Exception:
            self.handleError(record)


@contextmanager
def forwarding(log: Log) -> Iterator[None]:
    """Say what is logged meanwhile, with the root logger at INFO, as the worker sets it."""
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
