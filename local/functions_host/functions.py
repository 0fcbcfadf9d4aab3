"""Loads and indexes the functions of a function_app.py, as Azure's worker does."""

from __future__ import annotations

import importlib.util
import inspect
import itertools
import json
import re
import sys
import traceback
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

import azure.functions as func
from azure.functions.decorators.function_app import Function as Indexed

from local.functions_host.options import HostError

FILE = "function_app.py"
RETURN = "$return"
TRIGGERS = ("httpTrigger", "queueTrigger", "timerTrigger")
OUTPUTS = ("http", "queue")
SETTING = re.compile(r"%([^%]+)%")

# A process may load several apps. Each gets a module name of its own.
_loaded = itertools.count(1)


@dataclass(frozen=True)
class Binding:
    """A function's binding. `values` are the fields of a function.json."""

    values: Mapping[str, Any]

    @property
    def kind(self) -> str:
        """The type: `queueTrigger`, `http` and so on."""
        return str(self.values["type"])

    @property
    def name(self) -> str:
        """The parameter's name, or `$return`."""
        return str(self.values["name"])

    @property
    def is_output(self) -> bool:
        """Is it an output binding?"""
        return bool(self.values["direction"] == "OUT")

    def text(self, name: str, default: str = "") -> str:
        """Return one of the values as text, or the default when it is absent."""
        value = self.values.get(name)
        return default if value is None else str(value)


@dataclass(frozen=True)
class Function:
    """A function with its bindings."""

    name: str
    call: Callable[..., Any]
    bindings: tuple[Binding, ...]
    folder: Path

    @cached_property
    def trigger(self) -> Binding:
        """The trigger binding."""
        return next(binding for binding in self.bindings if binding.kind in TRIGGERS)

    @cached_property
    def outputs(self) -> tuple[Binding, ...]:
        """The output bindings, with the answer (`$return`) among them."""
        return tuple(binding for binding in self.bindings if binding.is_output)

    @cached_property
    def is_async(self) -> bool:
        """Is it a coroutine function?"""
        return inspect.iscoroutinefunction(self.call)

    @cached_property
    def wants_context(self) -> bool:
        """Has it a parameter `context` without a binding?"""
        return "context" in inspect.signature(self.call).parameters and not self._is_bound("context")

    @cached_property
    def types(self) -> Mapping[str, Any]:
        """The annotations of the parameters."""
        return typing.get_type_hints(self.call)

    def _is_bound(self, parameter: str) -> bool:
        return any(binding.name == parameter for binding in self.bindings)

    def check(self) -> None:
        """Raise HostError for a function that this host cannot run, or that Azure would refuse."""
        unsupported = [each.kind for each in self.bindings if each.kind not in (*TRIGGERS, *OUTPUTS)]
        if unsupported:
            raise HostError(f"{self.name}: the local host has no {unsupported[0]} binding: use `func start`")
        bound = {binding.name for binding in self.bindings} - {RETURN}
        expected = set(inspect.signature(self.call).parameters) - ({"context"} if self.wants_context else set())
        if bound != expected:
            which = ", ".join(sorted(bound ^ expected))
            raise HostError(f"{self.name}: parameters and bindings must have the same names, and differ in: {which}")


def load(folder: Path, environ: Mapping[str, str]) -> tuple[Function, ...]:
    """Import a folder's function_app.py, and index it. Raises HostError with the reason."""
    path = (folder / FILE).resolve()
    if not path.is_file():
        raise HostError(f"no {FILE} in {folder}: run this in a function app's folder")
    functions = tuple(_read(each, path.parent, environ) for each in _index(path))
    if not functions:
        raise HostError(f"0 functions found: {FILE} registers none on its FunctionApp")
    for function in functions:
        function.check()
    return functions


def _index(path: Path) -> list[Indexed]:
    try:
        module = _import(path)
        apps = {id(value): value for value in vars(module).values() if isinstance(value, func.FunctionApp)}
        indexed = [app.get_functions() for app in apps.values()]
    except Exception as error:
        raise HostError(f"0 functions found: {FILE} cannot be loaded\n{_reason(error)}") from error
    if len(indexed) != 1:
        raise HostError(f"0 functions found: {FILE} must hold one FunctionApp, and holds {len(indexed)}")
    return list(indexed[0])


def _import(path: Path) -> ModuleType:
    """Import the file under a new module name, with its folder on the path, as the worker does."""
    if str(path.parent) not in sys.path:
        sys.path.insert(0, str(path.parent))
    name = f"function_app_{next(_loaded)}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _reason(error: Exception) -> str:
    """Return the end of the traceback: the location and the error."""
    return "".join([*traceback.format_tb(error.__traceback__)[-1:], *traceback.format_exception_only(error)]).rstrip()


def _read(function: Indexed, folder: Path, environ: Mapping[str, str]) -> Function:
    name = str(function.get_function_name())
    bindings = tuple(_binding(name, json.loads(raw), environ) for raw in function.get_raw_bindings())
    return Function(name, function.get_user_function(), bindings, folder)


def _binding(function: str, values: dict[str, Any], environ: Mapping[str, str]) -> Binding:
    """Make a binding, with each `%NAME%` replaced by the app setting."""

    def setting(match: re.Match[str]) -> str:
        if match[1] not in environ:
            raise HostError(f"{function}: %{match[1]}% is in a binding, and there is no setting of that name")
        return environ[match[1]]

    resolved = {k: SETTING.sub(setting, value) if isinstance(value, str) else value for k, value in values.items()}
    return Binding(resolved)
