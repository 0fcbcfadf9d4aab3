"""One Chromium for all tests of the softphone page, each with a new page and server of its own."""

from __future__ import annotations

import asyncio
import functools
import inspect
import os
from collections.abc import Iterator
from typing import cast

import pytest

from tests.browser.chromium import CHROMIUM, Shared
from tests.client_page.softphone import Opens, opening


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without a Chromium there is nothing to try; in CI that is a failure."""
    if not CHROMIUM.exists() and os.environ.get("CI") != "true":
        skip = pytest.mark.skip(reason=f"no {CHROMIUM}: apt-get install chromium")
        for item in items:
            if "/tests/client_page/" in item.path.as_posix():
                item.add_marker(skip)


@pytest.fixture(scope="session")
def runner() -> Iterator[asyncio.Runner]:
    """The event loop that the browser lives on, and so all tests that use it."""
    with asyncio.Runner() as loop:
        yield loop


@pytest.fixture(scope="session")
def shared(runner: asyncio.Runner) -> Iterator[Shared]:
    """The browser: starting it takes longer than most tests."""
    browser = runner.run(Shared.start())
    yield browser
    runner.run(browser.stop())


@pytest.fixture
def opens(shared: Shared) -> Opens:
    """Opens the softphone: `async with opens() as softphone`."""
    return functools.partial(opening, shared)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Runs a coroutine test on the browser's own loop."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj) or "runner" not in pyfuncitem.funcargs:
        return None
    names = inspect.signature(pyfuncitem.obj).parameters
    loop = cast("asyncio.Runner", pyfuncitem.funcargs["runner"])
    loop.run(pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in names}))
    return True
