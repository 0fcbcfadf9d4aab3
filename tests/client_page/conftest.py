"""The Chromium of tests/browser, for the softphone page: each test with a new page and server of its own."""

from __future__ import annotations

import functools

import pytest

from tests.browser.chromium import Shared, skip_without
from tests.browser.conftest import pytest_pyfunc_call, runner, shared
from tests.client_page.softphone import Opens, opening

__all__ = ["pytest_pyfunc_call", "runner", "shared"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without a Chromium there is nothing to try."""
    skip_without(items, "client_page")


@pytest.fixture
def opens(shared: Shared) -> Opens:
    """Opens the softphone: `async with opens() as softphone`."""
    return functools.partial(opening, shared)
