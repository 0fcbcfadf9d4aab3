"""For every test: `async def` tests run on an event loop of their own, and no test sees what else runs here."""

import asyncio
import inspect
import os
import tempfile
from pathlib import Path

import pytest

# Before any module of local/ is imported; the processes that tests start have it too.
os.environ["LOCAL_RUN_FILE"] = str(Path(tempfile.mkdtemp(prefix="switchboard-run-")) / "run.json")


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Runs a coroutine test, without a plugin."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    names = inspect.signature(pyfuncitem.obj).parameters
    asyncio.run(pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in names}))
    return True
