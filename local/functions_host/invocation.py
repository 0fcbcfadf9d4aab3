"""Runs a function: decodes its arguments, calls it, and writes its outputs, by azure.functions' own converters."""

from __future__ import annotations

import asyncio
import contextvars
import functools
import json
import threading
import uuid
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, cast

import azure.functions as func
from azure.functions._abc import RetryContext, TraceContext
from azure.functions.meta import Datum

from local.functions_host.functions import RETURN, Binding, Function
from local.functions_host.log import current_function

# The Functions host's default.
MOST_THREADS = 1000

Put = Callable[[Binding, list[str | bytes]], Awaitable[None]]


@dataclass(frozen=True)
class Trigger:
    """The input of a run: the trigger's value, and its metadata."""

    data: Datum
    metadata: Mapping[str, Datum]


class Invoker:
    """Runs functions, and writes their queue outputs by `put`."""

    def __init__(self, put: Put) -> None:
        self._put = put
        self._threads = ThreadPoolExecutor(MOST_THREADS, thread_name_prefix="function")

    def close(self) -> None:
        """Start no more functions in threads. Running ones continue."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def run(self, function: Function, trigger: Trigger) -> Datum | None:
        """Run a function, write its outputs, and return its answer, None without one.

        Raises what the function or the writing of its outputs raises.
        """
        outs = {output.name: Out() for output in function.outputs if output.name != RETURN}
        returned = await self._call(function, self._arguments(function, trigger) | outs)
        if returned is not None and not any(output.name == RETURN for output in function.outputs):
            raise TypeError(f"{function.name} returned a value, and has no $return binding")
        written = {name: out.get() for name, out in outs.items()} | {RETURN: returned}
        # All outputs are encoded before the first is written, so that an invalid one leaves nothing half done.
        encoded = [(each, _encode(each, written[each.name])) for each in function.outputs if _is_due(each, written)]
        for output, datum in encoded:
            if output.kind == "queue":
                await self._put(output, _messages(datum))
        return next((datum for output, datum in encoded if output.kind == "http"), None)

    def _arguments(self, function: Function, trigger: Trigger) -> dict[str, Any]:
        binding = function.trigger
        value = _decode(binding, function.types.get(binding.name), trigger)
        context = {"context": InvocationContext(function)} if function.wants_context else {}
        return {binding.name: value, **context}

    async def _call(self, function: Function, arguments: dict[str, Any]) -> object:
        named = current_function.set(function.name)
        try:
            if function.is_async:
                return await function.call(**arguments)
            run = functools.partial(contextvars.copy_context().run, function.call, **arguments)
            return await asyncio.get_running_loop().run_in_executor(self._threads, run)
        finally:
            current_function.reset(named)


class Out(func.Out[object]):
    """An output binding's parameter."""

    def __init__(self) -> None:
        self._value: object = None

    def set(self, val: object) -> None:
        """Set the value that is written after the function's end."""
        self._value = val

    def get(self) -> object:
        """Return the last value, None when none was set."""
        return self._value


class InvocationContext(func.Context):
    """The context of a run, without tracing and retries: a failed message becomes visible on its queue again."""

    def __init__(self, function: Function) -> None:
        self._function = function
        self._id = str(uuid.uuid4())
        self._local = threading.local()

    @property
    def invocation_id(self) -> str:
        """The id of this run."""
        return self._id

    @property
    def thread_local_storage(self) -> type[threading.local]:
        """The storage for the invocation's id in threads that the function starts."""
        return cast("type[threading.local]", self._local)

    @property
    def function_name(self) -> str:
        """The function's name."""
        return self._function.name

    @property
    def function_directory(self) -> str:
        """The app's folder."""
        return str(self._function.folder)

    @property
    def trace_context(self) -> TraceContext:
        """Empty."""
        return cast("TraceContext", SimpleNamespace(trace_parent="", trace_state="", attributes={}))

    @property
    def retry_context(self) -> RetryContext:
        """Always the first try."""
        return cast("RetryContext", SimpleNamespace(retry_count=0, max_retry_count=0, exception=None))


def _is_due(output: Binding, written: Mapping[str, Any]) -> bool:
    """Is the output to be written? An HTTP answer always is, another output when it was set."""
    return output.kind == "http" or written[output.name] is not None


def _decode(binding: Binding, annotation: object, trigger: Trigger) -> object:
    # The worker's generic converter: a plain parameter gets the plain value.
    if annotation is str or annotation is bytes:
        text = trigger.data.value
        if annotation is str:
            return text.decode() if isinstance(text, bytes) else text
        return text.encode() if isinstance(text, str) else text
    converter = func.get_binding_registry().get(binding.kind)
    return converter.decode(trigger.data, trigger_metadata=trigger.metadata)


def _encode(binding: Binding, value: object) -> Datum:
    if binding.kind != "http" and isinstance(value, str | bytes):
        return Datum(value, "string" if isinstance(value, str) else "bytes")
    try:
        encoded: Datum = func.get_binding_registry().get(binding.kind).encode(value, expected_type=None)
    except NotImplementedError:
        message = f"binding {binding.name} ({binding.kind}) takes no {type(value).__name__}"
        raise TypeError(message) from None
    return encoded


def _messages(datum: Datum) -> list[str | bytes]:
    """Return the messages of one output: one for each item of a list. An object becomes JSON."""
    if datum.type != "json":
        return [datum.value]
    value = json.loads(datum.value)
    items = value if isinstance(value, list) else [value]
    return [item if isinstance(item, str) else json.dumps(item) for item in items]
