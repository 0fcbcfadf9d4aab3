"""The Chromium of tests/browser, for pages with the unchanged SDK. `make test-client` runs these tests."""

from __future__ import annotations

import functools

import pytest

from tests.browser.chromium import Shared, skip_without
from tests.browser.conftest import pytest_pyfunc_call, runner, shared
from tests.softphone.stack import SDK, Opened, opening

__all__ = ["pytest_pyfunc_call", "runner", "shared"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without a Chromium or the SDK there is nothing to try."""
    skip_without(items, "softphone", {SDK: "make client"})


@pytest.fixture
def opened(shared: Shared) -> Opened:
    """Opens the phone page: `async with opened() as calls`; softphones are opened by `calls.softphone("alice")`."""
    return functools.partial(opening, shared)
