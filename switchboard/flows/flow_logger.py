"""A logger for flows that keeps numbers and what people said out of the log."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterable

from switchboard.errors import describe_place
from switchboard.flows.outbox import Outbox

LONGEST_LINE = 1000
_DIGITS = re.compile(r"\+?[0-9](?:[ ()./-]{0,2}[0-9]){5,}")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


class FlowLogger:
    """Logs lines of a flow, each with the flow's name and the call's or text's SID.

    A line never has six or more digits in a row, whatever separates them, nor what the caller said, typed or texted:
    `…` replaces them. `%s` arguments are those of the standard logging.
    """

    def __init__(self, outbox: Outbox, private: Iterable[str]) -> None:
        self._outbox = outbox
        # A single key, as "1", is in many lines and names nobody.
        found = sorted({text.strip() for text in private if len(text.strip()) > 1}, key=len, reverse=True)
        self._private = re.compile("|".join(map(re.escape, found)), re.IGNORECASE) if found else None

    def debug(self, message: str, *args: object) -> None:
        """Logs a line for developers."""
        self._log(logging.DEBUG, message, args)

    def info(self, message: str, *args: object) -> None:
        """Logs a line."""
        self._log(logging.INFO, message, args)

    def warning(self, message: str, *args: object) -> None:
        """Logs a line about something unexpected."""
        self._log(logging.WARNING, message, args)

    def error(self, message: str, *args: object) -> None:
        """Logs a line about a failure."""
        self._log(logging.ERROR, message, args)

    def exception(self, message: str, *args: object) -> None:
        """Logs a failure within `except`: type and place of the exception, not its text, which may quote a number."""
        error = sys.exception()
        found = describe_place(error) if error else "no exception"
        self._log(logging.ERROR, f"{message}: %s", (*args, found))

    def _log(self, level: int, message: str, args: tuple[object, ...]) -> None:
        line = self._safe(message % args if args else message)
        self._outbox.log(level, line[:LONGEST_LINE])

    def _safe(self, line: str) -> str:
        if self._private:
            line = self._private.sub("…", line)
        return _CONTROLS.sub(" ", _DIGITS.sub("…", line))
