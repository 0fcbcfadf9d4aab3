"""Work that goes on until Ctrl-C."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM)


async def until_stopped(work: Coroutine[Any, Any, None]) -> None:
    """Do it until it ends, or until Ctrl-C or SIGTERM; then it is cancelled, once, and its clean-up waited for.

    What it raises by itself is passed on.
    """
    loop, task = asyncio.get_running_loop(), asyncio.ensure_future(work)
    stopping = asyncio.Event()

    def stop() -> None:
        if not stopping.is_set():
            stopping.set()
            task.cancel()

    for each in SIGNALS:
        loop.add_signal_handler(each, stop)
    try:
        await task
    except asyncio.CancelledError:
        if not stopping.is_set():
            raise
    finally:
        for each in SIGNALS:
            loop.remove_signal_handler(each)


async def until_first_ends(*works: Coroutine[Any, Any, object]) -> None:
    """Do these side by side until one of them ends; the others are cancelled. Raises what that one raises."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in ended:
        task.result()
