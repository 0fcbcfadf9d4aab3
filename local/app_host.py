"""Runs Switchboard in the local Functions host, with the numbers.toml and the clock of a developer's machine."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path

from local.app_services import ShiftedClock, following_standard_input, use
from local.functions_host import HostOptions, serve
from local.local_secrets import ensure, file_of


async def serve_app(options: HostOptions, numbers_file: Path, *, controlled: bool, say: Callable[[str], None]) -> None:
    """Run until cancelled. `controlled`: by a stack, in lines of input and output. Raises HostError and LocalError."""
    clock = ShiftedClock()
    secrets_file = file_of(os.environ)
    if os.environ.get("TWILIO_API_KEY_SID"):
        ensure(secrets_file)
    use(numbers_file, clock, secrets_file, tapped=controlled)
    async with AsyncExitStack() as opened:
        if controlled:
            await opened.enter_async_context(following_standard_input(clock))
        await serve(options, say=say)
