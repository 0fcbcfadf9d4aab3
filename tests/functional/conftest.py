"""What every functional test may use: the log of the whole app, at the worker's level."""

import logging

import pytest

import function_app
from tests.log_search import Log


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Log:
    """The root logger at INFO, as the worker sets it; function_app has set its own levels when it was imported."""
    assert function_app.app is not None
    caplog.set_level(logging.INFO)
    return Log(caplog)
