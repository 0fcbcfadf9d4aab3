"""One Chromium for all tests of the folder, each with a new page, app and stand-in."""

from __future__ import annotations

import asyncio
import functools
import inspect
from collections.abc import Iterator
from typing import cast

import pytest

from tests.browser.chromium import Opened, Shared, opening, skip_without


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without a Chromium there is nothing to try."""
    skip_without(items, "browser")


@pytest.fixture(scope="package")
def runner() -> Iterator[asyncio.Runner]:
    """The event loop that the browser lives on, and so all tests that use it."""
    with asyncio.Runner() as loop:
        yield loop


@pytest.fixture(scope="package")
def shared(runner: asyncio.Runner) -> Iterator[Shared]:
    """The browser: starting it takes longer than most tests."""
    browser = runner.run(Shared.start())
    yield browser
    runner.run(browser.stop())


@pytest.fixture
def opened(shared: Shared) -> Opened:
    """Opens the page: `async with opened(width=400) as browser`."""
    return functools.partial(opening, shared)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a coroutine test on the browser's own loop; one that shares no browser runs as everywhere."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj) or "runner" not in pyfuncitem.funcargs:
        return None
    names = inspect.signature(pyfuncitem.obj).parameters
    loop = cast("asyncio.Runner", pyfuncitem.funcargs["runner"])
    loop.run(pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in names}))
    return True
