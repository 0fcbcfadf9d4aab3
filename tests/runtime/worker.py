"""Microsoft's own Python worker runtime, as it runs in Azure, without the host in front of it.

The only file that touches the runtime's internal interface, which may change with any version; that is why
requirements-runtime.txt pins it. Values go in as the host encodes them and come out as the host gets them. Facts from
azure-functions-runtime's handle_event.py and native_invocation.py, and from the host's
GrpcMessageConversionExtensions.cs and the storage extension's QueueTriggerAttributeBindingProvider.cs.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

from azure.functions.decorators.core import BindingDirection, DataType
from azure_functions_runtime import handle_event
from azure_functions_runtime.bindings.datumdef import Datum
from azure_functions_runtime.bindings.meta import load_binding_registry
from azure_functions_runtime.native_invocation import invocation_request_native

NEVER = "9999-12-31T23:59:59.9999999+00:00"


@dataclass(frozen=True)
class Function:
    """A function as the host gets it: its bindings are those of a function.json."""

    name: str
    id: str
    bindings: tuple[Mapping[str, object], ...]

    @property
    def trigger(self) -> Mapping[str, object]:
        """The binding that starts it."""
        (trigger,) = (binding for binding in self.bindings if str(binding["type"]).endswith("Trigger"))
        return trigger

    @property
    def outputs(self) -> tuple[Mapping[str, object], ...]:
        """Its output bindings, the HTTP answer (`$return`) included."""
        return tuple(binding for binding in self.bindings if binding["direction"] == "OUT")


@dataclass(frozen=True)
class Trigger:
    """The start of an invocation: the trigger's value, and the host's metadata."""

    data: Datum
    metadata: Mapping[str, Datum]


@dataclass(frozen=True)
class Answer:
    """The host's answer to an HTTP caller. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Invocation:
    """The end of an invocation, as the host gets it.

    `outputs` has what was written to each output binding, by its name. `error` is "" when `ok`, else the exception with
    its traceback, which the host logs; the queue delivers a message again exactly when not `ok`.
    """

    ok: bool
    answer: Answer | None
    outputs: Mapping[str, str]
    error: str


class Worker:
    """A worker that has indexed a function app. Only one per process, because an app is indexed only once."""

    def __init__(self, functions: Iterable[Function]) -> None:
        self.functions = {function.name: function for function in functions}

    @classmethod
    def index(cls, script: Path) -> Worker:
        """Imports and indexes a function_app.py, whose folder is on the path. Raises what the worker would report."""
        handle_event.protos = _Protos()
        load_binding_registry()
        indexed = handle_event.index_functions(str(script), str(script.parent))
        return cls(
            Function(each.name, each.function_id, tuple(json.loads(binding) for binding in each.raw_bindings))
            for each in indexed
        )

    def behind(self, path: str) -> str:
        """The name of the function whose route matches a path under `/api`."""
        (name,) = (each.name for each in self.functions.values() if _is_of(f"/api/{each.trigger.get('route')}", path))
        return name

    async def invoke(self, name: str, trigger: Trigger) -> Invocation:
        """Runs a function as one invocation."""
        function = self.functions[name]
        inputs = [(function.trigger["name"], trigger.data)]
        ok, returned, outputs, error, stack = await invocation_request_native(
            str(uuid.uuid4()), function.id, inputs, trigger.metadata
        )
        return Invocation(
            ok=ok,
            answer=None if returned is None else _read_answer(returned),
            outputs={output: datum.value for output, datum in outputs},
            error="" if ok else f"{error}\n{stack}",
        )


def http_request(
    method: str, url: str, headers: Mapping[str, str], body: bytes = b"", parts: Mapping[str, str] | None = None
) -> Trigger:
    """A request as the host forwards it.

    Header names are in lower case, empty query values are absent, the body is bytes. `parts` has the values of the
    route's names in braces.
    """
    query = parse_qs(urlsplit(url).query)
    value = {
        "method": Datum(method, "string"),
        "url": Datum(url, "string"),
        "headers": {name.lower(): Datum(text, "string") for name, text in headers.items()},
        "query": {name: Datum(",".join(texts), "string") for name, texts in query.items()},
        "params": {name: Datum(text, "string") for name, text in (parts or {}).items()},
        "body": Datum(body, "bytes"),
    }
    return Trigger(Datum(value, "http"), {})


def queue_message(
    body: str, *, message_id: str = "7ac1c1f8-5d26-4a36-9d5c-3bb8cf9e6d3f", dequeue_count: int = 1, expires: str = NEVER
) -> Trigger:
    """A queue's message as the host forwards it: strings unchanged, everything else in the metadata as JSON.

    `expires` is an RFC 3339 time; NEVER is the host's value for an unlimited time to live.
    """
    metadata = {
        "QueueTrigger": Datum(body, "string"),
        "Id": Datum(message_id, "string"),
        "PopReceipt": Datum("AgAAAAMAAAAAAAAA", "string"),
        "DequeueCount": Datum(json.dumps(dequeue_count), "json"),
        "InsertionTime": Datum(json.dumps("2026-01-31T09:00:00+00:00"), "json"),
        "NextVisibleTime": Datum(json.dumps("2026-01-31T09:10:00+00:00"), "json"),
        "ExpirationTime": Datum(json.dumps(expires), "json"),
    }
    return Trigger(Datum(body, "string"), metadata)


def timer(*, past_due: bool = False) -> Trigger:
    """A timer's tick as the host forwards it."""
    return Trigger(Datum(json.dumps({"IsPastDue": past_due, "Schedule": {"AdjustForDST": True}}), "json"), {})


def _is_of(route: str, path: str) -> bool:
    """Whether a route, which may have parts in braces, matches a path."""
    return re.fullmatch(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(route)), path) is not None


class _BindingInfo(SimpleNamespace):
    """The protocol's BindingInfo, with the members of its enumerations that indexing compares with."""

    out: ClassVar = BindingDirection.OUT.value
    inout: ClassVar = BindingDirection.INOUT.value
    undefined: ClassVar = DataType.UNDEFINED.value


class _Protos:
    """In place of the generated protobuf module: every message is a namespace of its fields."""

    BindingInfo = _BindingInfo

    def __getattr__(self, name: str) -> type[SimpleNamespace]:
        return SimpleNamespace


def _read_answer(returned: Datum) -> Answer:
    value = returned.value
    return Answer(
        status=int(value["status_code"].value),
        headers={name.lower(): text.value for name, text in value["headers"].items()},
        body=value["body"].value,
    )
