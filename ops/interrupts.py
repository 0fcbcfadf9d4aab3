"""Signals that end a command: each one runs the command's clean-up first.

asyncio.run cancels the command at the first Ctrl-C. A prompt blocks the event loop, which would notice that only after
the answer. So during a prompt Ctrl-C raises KeyboardInterrupt instead.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import FrameType

Handler = Callable[[int, FrameType | None], object]

# SIGHUP, which Windows does not have, comes when the terminal is closed.
TERMINATION_SIGNALS = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))


@contextmanager
def terminations_as_interrupts() -> Iterator[list[int]]:
    """Makes SIGTERM and SIGHUP do what Ctrl-C does; yields the list of those received.

    A signal that is ignored stays ignored, as SIGHUP is under nohup.
    """
    received: list[int] = []

    def interrupt(number: int, frame: FrameType | None) -> None:
        received.append(number)
        on_ctrl_c = signal.getsignal(signal.SIGINT)
        if not callable(on_ctrl_c):
            raise KeyboardInterrupt
        on_ctrl_c(signal.SIGINT, frame)

    default = [number for number in TERMINATION_SIGNALS if signal.getsignal(number) is signal.SIG_DFL]
    with _handlers(dict.fromkeys(default, interrupt)):
        yield received


@contextmanager
def interruptible() -> Iterator[None]:
    """Makes Ctrl-C raise KeyboardInterrupt at once, also in a read that blocks."""
    with _handlers({signal.SIGINT: signal.default_int_handler}):
        yield


@contextmanager
def _handlers(handlers: Mapping[int, Handler]) -> Iterator[None]:
    """Sets signal handlers and restores the earlier ones. Python allows that on the main thread only."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    earlier = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)
