"""The HTTP functions and the admin API, as an aiohttp application."""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import parse_qs, urlsplit

from aiohttp import web
from azure.functions.meta import Datum

from local.functions_host.amendments import Amendments
from local.functions_host.functions import Function
from local.functions_host.invocation import Invoker, Trigger
from local.functions_host.log import Log
from local.functions_host.routes import Route, Routes
from local.functions_host.start_page import NO_ROUTE, PAGES, start_page
from local.request_guard import Guard, has_key, key_missing

# Azure's own limit of a request.
LARGEST_REQUEST = 100 * 1024 * 1024
ADMIN = "/admin/"

RunManually = Callable[[Function, str], None]


class Http:
    """Answers requests by the functions of their routes."""

    def __init__(self, routes: Routes, invoker: Invoker, key: str, log: Log, phone_url: str = "") -> None:
        self._routes = routes
        self._invoker = invoker
        self._key = key
        self._log = log
        self._phone_url = phone_url

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer a request: 404 without a route, 401 without the route's key, 500 when the function fails."""
        found = self._routes.find(request.method, urlsplit(request.raw_path).path)
        if found is None:
            return self._without_route(request)
        route, parameters = found
        if not self._is_authorised(route, request):
            return key_missing()
        trigger = await read_request(request, parameters)
        try:
            answer = await self._invoker.run(route.function, trigger)
            return web.Response(status=204) if answer is None else _response(answer)
        except Exception as error:
            self._log.failed(route.function.name, error)
            return web.Response(status=500)

    def _without_route(self, request: web.Request) -> web.Response:
        if request.method == "GET" and request.path == "/":
            return start_page([path for path in PAGES if self._routes.find("GET", path)], self._phone_url)
        return web.Response(status=404, text=NO_ROUTE)

    def _is_authorised(self, route: Route, request: web.Request) -> bool:
        level = route.function.trigger.text("authLevel", "FUNCTION").upper()
        return level == "ANONYMOUS" or has_key(request, self._key)


class Admin:
    """`POST /admin/functions/{name}` with {"input": "…"}: runs a timer or queue function at once.

    The guard checks the key and the content type.
    """

    def __init__(self, functions: Mapping[str, Function], run: RunManually) -> None:
        self._functions = functions
        self._run = run

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer 202 once the function runs. Its end is logged."""
        function = self._functions.get(request.match_info["name"])
        if function is None:
            return web.Response(status=404)
        if function.trigger.kind == "httpTrigger":
            return web.Response(status=400, text="An HTTP function is run by a request to its route.\n")
        try:
            given = json.loads(await request.read() or b"{}").get("input") or ""
        except (ValueError, AttributeError):
            return web.Response(status=400, text='The body must be JSON: {"input": "…"}\n')
        self._run(function, given if isinstance(given, str) else json.dumps(given))
        return web.Response(status=202)


def application(http: Http, admin: Admin, guard: Guard, amendments: Amendments, log: Log) -> web.Application:
    """Make the application, which logs each request, also those that the guard refuses."""

    @web.middleware
    async def log_request(
        request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        began = time.monotonic()
        status = 500
        try:
            response = await handler(request)
            status = response.status
            return response
        except web.HTTPException as error:
            status = error.status
            raise
        finally:
            milliseconds = round((time.monotonic() - began) * 1000)
            log.say(f"{request.method} {urlsplit(request.raw_path).path} {status} {milliseconds} ms")

    middlewares = [log_request, guard.middleware(), amendments.middleware()]
    app = web.Application(middlewares=middlewares, client_max_size=LARGEST_REQUEST)
    app.router.add_post(f"{ADMIN}functions/{{name}}", admin.answer)
    app.router.add_route("*", "/{path:.*}", http.answer)
    return app


async def read_request(request: web.Request, parameters: Mapping[str, str]) -> Trigger:
    """Make the trigger of a request as the Functions host does: URL and body unchanged, header names in lower case.

    Source: GrpcMessageConversionExtensions.cs in azure-functions-host; empty query values are left out.
    """
    headers: dict[str, list[str]] = {}
    for name, text in request.headers.items():
        headers.setdefault(name.lower(), []).append(text)
    query = parse_qs(urlsplit(request.raw_path).query)
    value = {
        "method": Datum(request.method, "string"),
        "url": Datum(_url(request), "string"),
        "headers": _strings({name: ",".join(texts) for name, texts in headers.items()}),
        "query": _strings({name: ",".join(texts) for name, texts in query.items()}),
        "params": _strings(parameters),
        "body": Datum(await request.read(), "bytes"),
    }
    return Trigger(Datum(value, "http"), {})


def _url(request: web.Request) -> str:
    absolute = not request.raw_path.startswith("/")
    return request.raw_path if absolute else f"http://{request.host}{request.raw_path}"


def _strings(values: Mapping[str, str]) -> dict[str, Datum]:
    return {name: Datum(text, "string") for name, text in values.items()}


def _response(answer: Datum) -> web.Response:
    """Make the response of an encoded answer, an HttpResponse or a plain string."""
    if answer.type != "http":
        return web.Response(text=answer.value)
    value = answer.value
    response = web.Response(status=int(value["status_code"].value), body=value["body"].value)
    for name, text in value["headers"].items():
        if name.lower() not in ("content-length", "transfer-encoding"):
            response.headers[name] = text.value
    for jar in value["cookies"] or ():
        for cookie in jar.values():
            response.headers.add("Set-Cookie", cookie.OutputString())
    return response
