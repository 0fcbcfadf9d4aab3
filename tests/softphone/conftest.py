"""The Chromium of tests/browser, for pages with the unchanged SDK. `make test-client` runs these tests."""

from __future__ import annotations

import functools
import os

import pytest

from tests.browser.chromium import CHROMIUM, Shared
from tests.browser.conftest import pytest_pyfunc_call, runner, shared
from tests.softphone.stack import SDK, Opened, opening

__all__ = ["pytest_pyfunc_call", "runner", "shared"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without a Chromium or the SDK there is nothing to try; in CI that is a failure."""
    missing = [
        f"no {file}: {how}" for file, how in ((CHROMIUM, "install it"), (SDK, "make client")) if not file.exists()
    ]
    if missing and os.environ.get("CI") != "true":
        for item in items:
            if "/tests/softphone/" in item.path.as_posix():
                item.add_marker(pytest.mark.skip(reason="; ".join(missing)))


@pytest.fixture
def opened(shared: Shared) -> Opened:
    """Opens the phone page: `async with opened() as calls`; softphones are opened by `calls.softphone("alice")`."""
    return functools.partial(opening, shared)
