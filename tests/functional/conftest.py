"""Fixtures for every functional test: the log of the whole app, at the worker's level."""

import logging

import pytest

import function_app
from tests.log_search import Log


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Log:
    """The root logger at INFO, as the worker sets it; importing function_app sets the levels of its own loggers."""
    assert function_app.app is not None
    caplog.set_level(logging.INFO)
    return Log(caplog)
