"""The app inside Microsoft's worker runtime, on fakes of Twilio, Queue Storage and Table Storage."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from switchboard.services import Services
from tests.fakes import ENVIRONMENT, FakeQueues, FakeTwilioClient
from tests.functions import serving
from tests.memory import MemoryLedger, MemoryOptOuts

if TYPE_CHECKING:
    from tests.runtime.worker import Worker

SCRIPT = Path(__file__).parents[2] / "function_app.py"
RUNTIME_IS_HERE = sys.version_info >= (3, 13) and importlib.util.find_spec("azure_functions_runtime") is not None


class WithoutRuntime(pytest.Module):
    """A test file that cannot be imported here."""

    def collect(self) -> Iterator[pytest.Item]:
        """Skips it, with the reason."""
        pytest.skip("azure-functions-runtime needs Python 3.13: run make test-runtime")


def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> pytest.Module | None:
    """Skips each file of this folder where the runtime is not installed."""
    return None if RUNTIME_IS_HERE else WithoutRuntime.from_parent(parent, path=module_path)


@pytest.fixture(scope="session")
def worker() -> Worker:
    """A worker that has indexed function_app.py."""
    from tests.runtime.worker import Worker

    return Worker.index(SCRIPT)


@pytest.fixture
def twilio() -> FakeTwilioClient:
    """Twilio's REST API."""
    return FakeTwilioClient()


@pytest.fixture
def queues() -> FakeQueues:
    """Queue Storage."""
    return FakeQueues()


@pytest.fixture
def ledger() -> MemoryLedger:
    """Table Storage's delivery records."""
    return MemoryLedger()


@pytest.fixture
def opt_outs() -> MemoryOptOuts:
    """Table Storage's opt-outs."""
    return MemoryOptOuts()


@pytest.fixture(autouse=True)
def app_services(
    twilio: FakeTwilioClient, queues: FakeQueues, ledger: MemoryLedger, opt_outs: MemoryOptOuts
) -> Iterator[Services]:
    """The app's services on a developer's settings, with these fakes."""
    app_services = Services(ENVIRONMENT)
    app_services.twilio = twilio
    app_services.queues = app_services.gauge = queues
    app_services.ledger = ledger
    app_services.opt_outs = opt_outs
    with serving(app_services):
        yield app_services
