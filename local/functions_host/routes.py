"""Which function a request is for: by method and template, as the Functions host routes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from local.functions_host.functions import Function
from local.functions_host.options import HostError

PARAMETER = re.compile(r"\{(?P<all>\*{1,2})?(?P<name>\w+)(?::(?P<kind>\w+))?(?P<optional>\?)?\}")
KINDS = {"int": r"-?\d+", "alpha": r"[A-Za-z]+"}


@dataclass(frozen=True)
class Route:
    """A function's route."""

    function: Function
    template: str
    pattern: re.Pattern[str]
    # Literal segments come before parameters, and parameters before what takes everything.
    rank: tuple[int, ...]

    @classmethod
    def of(cls, function: Function, prefix: str) -> Route:
        """The route of an HTTP function under the prefix. Raises HostError for a template that is not understood."""
        template = "/".join(part for part in (prefix, function.trigger.text("route").strip("/")) if part)
        segments = [_segment(function, segment) for segment in template.split("/")]
        pattern = re.compile("".join(text for text, _ in segments) + "/?", re.IGNORECASE)
        return cls(function, f"/{template}", pattern, tuple(rank for _, rank in segments))

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods it takes; none named: all of them."""
        return tuple(str(method).upper() for method in self.function.trigger.values.get("methods") or ())

    def match(self, method: str, path: str) -> Mapping[str, str] | None:
        """The route's parameters when the request is for it. `path` is as the client wrote it."""
        if self.methods and method not in self.methods:
            return None
        found = self.pattern.fullmatch(path)
        return None if found is None else {name: unquote(text) for name, text in found.groupdict(default="").items()}


class Routes:
    """The HTTP functions of an app."""

    def __init__(self, functions: Iterable[Function], prefix: str) -> None:
        http = (function for function in functions if function.trigger.kind == "httpTrigger")
        self._routes = sorted((Route.of(function, prefix) for function in http), key=lambda route: route.rank)

    def __iter__(self) -> Iterable[Route]:
        return iter(self._routes)

    def find(self, method: str, path: str) -> tuple[Route, Mapping[str, str]] | None:
        """The route of a request, with its parameters; None where Azure answers 404, another method included."""
        for route in self._routes:
            parameters = route.match(method, path)
            if parameters is not None:
                return route, {name: text for name, text in parameters.items() if text}
        return None


def _segment(function: Function, segment: str) -> tuple[str, int]:
    """One segment as a regular expression that begins with its slash, and its rank."""
    parameter = PARAMETER.fullmatch(segment)
    if parameter is None:
        if "{" in segment or "}" in segment:
            raise HostError(f"{function.name}: the local host does not know {segment!r} in a route")
        return "/" + re.escape(segment), 0
    if parameter["kind"] and parameter["kind"] not in KINDS:
        raise HostError(f"{function.name}: the local host knows no route constraint {parameter['kind']!r}")
    name = parameter["name"]
    if parameter["all"]:
        return f"(?:/(?P<{name}>.*))?", 3
    kind = KINDS.get(parameter["kind"] or "", "[^/]+")
    taken = f"/(?P<{name}>{kind})"
    return (f"(?:{taken})?", 2) if parameter["optional"] else (taken, 1)
