"""Where a team's code runs: in threads of its own, so that what hangs or blocks there holds up no call and no text.

A thread cannot be stopped. One that does not return is left behind, as a daemon that ends with the process.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from contextlib import suppress
from typing import Any

import msgspec

from switchboard.errors import FlowFailed

# Threads at one time, those that hang among them.
MOST_THREADS = 64
# How long a working event loop may take to run an empty callback.
RESPONSE_SECONDS = 0.5


class Outcome(msgspec.Struct, frozen=True):
    """What a function returned or raised. `SystemExit` too is a value here: it must not end the worker."""

    result: object = None
    error: BaseException | None = None


class PlainThreads:
    """Runs plain functions, a thread each."""

    def __init__(self, most: int = MOST_THREADS) -> None:
        self._free = threading.BoundedSemaphore(most)

    async def run(self, function: Callable[..., object], *arguments: object) -> Outcome:
        """Returns the outcome. Raises FlowFailed when all threads are taken. The thread outlives a cancellation."""
        if not self._free.acquire(blocking=False):
            raise FlowFailed("every thread for flows is taken: flows hang")
        done: Future[Outcome] = Future()

        def work() -> None:
            try:
                outcome = Outcome(result=function(*arguments))
            except BaseException as error:
                outcome = Outcome(error=error)
            self._free.release()
            if done.set_running_or_notify_cancel():
                done.set_result(outcome)

        threading.Thread(target=work, name="flow", daemon=True).start()
        return await asyncio.wrap_future(done)


class LoopThread:
    """An event loop in a thread, for coroutines: what a flow keeps between calls, as an HTTP session, stays usable."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = threading.Event()

    async def run(self, coroutine: Coroutine[Any, Any, object]) -> Outcome:
        """Returns the outcome. A cancellation cancels the coroutine."""
        if self._loop is None:
            self._stopping = threading.Event()
            self._loop = _started(self._stopping)
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(_outcome(coroutine), self._loop))

    async def responds(self) -> bool:
        """Returns whether the loop works. One that is blocked is left behind: the next run gets another."""
        if self._loop is None:
            return True
        done: Future[None] = Future()
        self._loop.call_soon_threadsafe(lambda: done.set_result(None) if not done.done() else None)
        try:
            async with asyncio.timeout(RESPONSE_SECONDS):
                await asyncio.wrap_future(done)
        except TimeoutError:
            self._loop = None
            return False
        return True

    async def close(self) -> None:
        """Stops the loop."""
        loop, self._loop = self._loop, None
        if loop is not None:
            self._stopping.set()
            loop.call_soon_threadsafe(loop.stop)


def _started(stopping: threading.Event) -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()

    def work() -> None:
        asyncio.set_event_loop(loop)
        try:
            while not (stopping.is_set() or loop.is_closed()):
                # A task that raises SystemExit stops the loop for every flow, unless it is started again.
                with suppress(BaseException):
                    loop.run_forever()
        finally:
            loop.close()

    threading.Thread(target=work, name="async-flows", daemon=True).start()
    return loop


async def _outcome(coroutine: Coroutine[Any, Any, object]) -> Outcome:
    try:
        return Outcome(result=await coroutine)
    except BaseException as error:
        return Outcome(error=error)
