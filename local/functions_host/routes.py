"""Finds the function of a request by method and route template, as the Functions host does."""

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
    # Literal segments precede parameters, and parameters precede catch-all segments.
    rank: tuple[int, ...]

    @classmethod
    def of(cls, function: Function, prefix: str) -> Route:
        """Make the route of an HTTP function. Raises HostError for an unsupported template."""
        template = "/".join(part for part in (prefix, function.trigger.text("route").strip("/")) if part)
        segments = [_segment(function, segment) for segment in template.split("/")]
        pattern = re.compile("".join(text for text, _ in segments) + "/?", re.IGNORECASE)
        return cls(function, f"/{template}", pattern, tuple(rank for _, rank in segments))

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods of the route; empty means all."""
        return tuple(str(method).upper() for method in self.function.trigger.values.get("methods") or ())

    def match(self, method: str, path: str) -> Mapping[str, str] | None:
        """Return the route's parameters when the request matches, else None. `path` is still percent-encoded."""
        if self.methods and method not in self.methods:
            return None
        found = self.pattern.fullmatch(path)
        return None if found is None else {name: unquote(text) for name, text in found.groupdict(default="").items()}


class Routes:
    """The routes of an app's HTTP functions."""

    def __init__(self, functions: Iterable[Function], prefix: str) -> None:
        http = (function for function in functions if function.trigger.kind == "httpTrigger")
        self._routes = sorted((Route.of(function, prefix) for function in http), key=lambda route: route.rank)

    def __iter__(self) -> Iterable[Route]:
        return iter(self._routes)

    def find(self, method: str, path: str) -> tuple[Route, Mapping[str, str]] | None:
        """Return a request's route and parameters; None where Azure answers 404, as for another method."""
        for route in self._routes:
            parameters = route.match(method, path)
            if parameters is not None:
                return route, {name: text for name, text in parameters.items() if text}
        return None


def _segment(function: Function, segment: str) -> tuple[str, int]:
    """Return a segment's regular expression, which begins with the slash, and its rank."""
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
    pattern = f"/(?P<{name}>{kind})"
    return (f"(?:{pattern})?", 2) if parameter["optional"] else (pattern, 1)
