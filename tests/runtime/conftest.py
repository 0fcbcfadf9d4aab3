"""The app inside Microsoft's own worker runtime, on fakes in place of Twilio, Queue and Table Storage."""

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
    """A test file that cannot even be imported here."""

    def collect(self) -> Iterator[pytest.Item]:
        """Skip it, and say what to do."""
        pytest.skip("azure-functions-runtime needs Python 3.13: run make test-runtime")


def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> pytest.Module | None:
    """Skip each file of this folder where the runtime is not installed."""
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
def outbox() -> FakeQueues:
    """Queue Storage, as the app writes to it by itself."""
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
def edges(
    twilio: FakeTwilioClient, outbox: FakeQueues, ledger: MemoryLedger, opt_outs: MemoryOptOuts
) -> Iterator[Services]:
    """The app's services on a developer's settings, with the fakes for their edges."""
    edges = Services(ENVIRONMENT)
    edges.twilio = twilio
    edges.queues = edges.gauge = outbox
    edges.ledger = ledger
    edges.opt_outs = opt_outs
    with serving(edges):
        yield edges
