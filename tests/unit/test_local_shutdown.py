"""Work until Ctrl-C, and work until another one ends."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from local.shutdown import until_first_ends, until_stopped


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_cancels_the_work_and_waits_for_its_clean_up(sent: signal.Signals) -> None:
    """Nothing is raised, and a second signal does not disturb the clean-up."""
    cleaned: list[str] = []

    async def work() -> None:
        try:
            os.kill(os.getpid(), sent)
            await asyncio.Event().wait()
        finally:
            os.kill(os.getpid(), sent)
            await asyncio.sleep(0.01)
            cleaned.append("yes")

    await until_stopped(work())
    assert cleaned == ["yes"]


async def test_what_the_work_raises_is_passed_on() -> None:
    """A part that cannot start is no Ctrl-C."""

    async def work() -> None:
        raise LookupError("no such thing")

    with pytest.raises(LookupError, match="no such thing"):
        await until_stopped(work())


async def test_the_first_to_end_ends_the_others() -> None:
    """They are cancelled and their clean-up is over, and the first one's error is raised."""
    left: list[str] = []

    @asynccontextmanager
    async def noting(name: str) -> AsyncIterator[None]:
        try:
            yield
        finally:
            left.append(name)

    async def forever() -> None:
        async with noting("forever"):
            await asyncio.Event().wait()

    async def fails() -> None:
        await asyncio.sleep(0)
        raise LookupError("storage ended")

    with pytest.raises(LookupError, match="storage ended"):
        await until_first_ends(forever(), fails())
    assert left == ["forever"]
