"""Runs work until Ctrl-C or SIGTERM, and cancels it in order."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM)


async def until_stopped(work: Coroutine[Any, Any, None]) -> None:
    """Run the work until it ends, or until Ctrl-C or SIGTERM cancels it; then wait for its clean-up.

    A second signal cancels nothing more. Raises what the work raises.
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
    """Run these together until one ends, and cancel the others. Raises what that one raises."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in ended:
        task.result()
