"""Loads the app of the current folder as Azure's worker does, runs one function, and prints what that took.

Arguments: the name of the function, and of a module to import before it runs ("" for none). Standard input has the
trigger's JSON. Prints JSON: the monotonic time of the answer, CPU in seconds, peak memory in bytes, status and body.
"""

import asyncio
import importlib
import json
import os
import resource
import sys
import time
from pathlib import Path
from typing import Any

import azure.functions as func
from azure.functions.meta import Datum


def http_datum(request: dict[str, Any]) -> Datum:
    """Returns an HTTP request as the host encodes it."""
    texts = {name: Datum(request[name], "string") for name in ("method", "url")}
    maps = {
        name: {key: Datum(value, "string") for key, value in request.get(name, {}).items()}
        for name in ("headers", "params", "query")
    }
    return Datum({**texts, **maps, "body": Datum(request["body"].encode(), "bytes")}, "http")


async def answer(function: Any, trigger: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401  # a function of any app
    """Runs the function through the converters of its bindings."""
    binding = function.get_trigger()
    converter = func.get_binding_registry().get(binding.type)
    if binding.type == "queueTrigger":
        metadata = {"Id": Datum("m1", "string"), "DequeueCount": Datum("1", "json")}
        message = converter.decode(Datum(trigger["body"], "string"), trigger_metadata=metadata)
        await function.get_user_function()(**{binding.name: message})
        return {**used(), "status": 0, "body": ""}
    value = converter.decode(http_datum(trigger), trigger_metadata={})
    returned = function.get_user_function()(**{binding.name: value})
    if asyncio.iscoroutine(returned):
        returned = await returned
    encoded = func.get_binding_registry().get("http").encode(returned, expected_type=None)
    status, body = int(encoded.value["status_code"].value), encoded.value["body"].value.decode()
    return {**used(), "status": status, "body": body}


def used() -> dict[str, float]:
    """Returns the time of this moment, and what the process has used until now."""
    at, cpu = time.monotonic(), resource.getrusage(resource.RUSAGE_SELF)
    return {"at": at, "cpu": cpu.ru_utime + cpu.ru_stime, "peak": peak_memory()}


def peak_memory() -> int:
    """Returns the peak of this process in bytes. On Linux ru_maxrss would include the parent's before the exec."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main() -> None:
    """Indexes the app, answers, and ends at once: what an interpreter does at its end is no part of an answer."""
    name, prepared = sys.argv[1:]
    sys.path[0] = str(Path.cwd())
    app = importlib.import_module("function_app").app
    functions = {each.get_function_name(): each for each in app.get_functions()}
    for each in functions.values():
        each.get_dict_repr()
    if prepared:
        importlib.import_module(prepared)
    print(json.dumps(asyncio.run(answer(functions[name], json.loads(sys.stdin.read())))), flush=True)
    os._exit(0)


if __name__ == "__main__":
    main()
