"""Refuses requests that a web page of another site can make a browser send to a local server.

A page can send a request to any loopback port (a form, an image, `fetch` in mode `no-cors`). With DNS rebinding it can
also read the answers: its own host name then resolves to this machine. https://www.w3.org/TR/fetch-metadata/
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Middleware

from local.run_file import RUN_FILE_NAME

NAMES = ("127.0.0.1", "localhost", "[::1]")
KEY_HEADER = "x-functions-key"
KEY_PARAMETER = "code"
JSON_ONLY = frozenset({"application/json"})
METHODS_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
# The browser's own requests: from a page of the same origin, or typed by the user.
OWN_SITES = ("same-origin", "none")
DEFAULT_PORTS = {"http": 80, "https": 443}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, kw_only=True)
class Guard:
    """The rules of one local server.

    Paths below `protected` require `key`, one of `content_types` for a body, and this machine's own name as the Host.
    All other paths may also be requested by the host name of `public_url` (a tunnel); None: there is never a tunnel.
    `pages` are paths that pages of these other origins may request too.
    """

    key: str
    protected: str
    content_types: frozenset[str] = JSON_ONLY
    public_url: str | None = None
    pages: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def middleware(self) -> Middleware:
        """Return the middleware that answers refused requests with `{"error": sentence}`: 401, 403 or 415."""

        @web.middleware
        async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
            refused = self.refusal(request)
            return await handler(request) if refused is None else refused

        return guard

    def refusal(self, request: web.Request) -> web.Response | None:
        """Return the answer to a request that must be refused, else None."""
        protected = self._is_protected(request)
        own = _own_authorities(request)
        tunnel = set() if protected else self._tunnel()
        if not _hosts(request) <= own | tunnel:
            return _refused(403, self._where(request, protected=protected))
        if self._is_of_known_page(request):
            return None
        if _is_of_another_site(request, self._origins(own, tunnel), links_allowed=not protected):
            where = f"open {_address(request)} in the browser itself, or use `./sb local`"
            return _refused(403, f"this request comes from a page of another site: {where}")
        return self._refusal_of_protected(request) if protected else None

    def _is_of_known_page(self, request: web.Request) -> bool:
        return request.headers.getall("Origin", []) in [[each] for each in self.pages.get(request.path, ())]

    def _refusal_of_protected(self, request: web.Request) -> web.Response | None:
        if request.method in METHODS_WITH_BODY and request.content_type not in self.content_types:
            return _refused(415, f"set the header Content-Type: {' or '.join(sorted(self.content_types))}")
        return None if has_key(request, self.key) else key_missing()

    def _is_protected(self, request: web.Request) -> bool:
        """Is the path below `protected`, as it was written or as the router understood it?"""
        resource = request.match_info.route.resource
        paths = (request.path, resource.canonical if resource else "")
        return any(path.startswith(self.protected) for path in paths)

    def _tunnel(self) -> set[str]:
        """Return the Host of requests through the tunnel, as a set that is empty without one."""
        return {authority(self.public_url or "")} - {""}

    def _origins(self, own: set[str], tunnel: set[str]) -> set[str]:
        scheme = (self.public_url or "").partition(":")[0].lower()
        return {f"http://{name}" for name in own} | {f"{scheme}://{name}" for name in tunnel}

    def _where(self, request: web.Request, *, protected: bool) -> str:
        possible = self.public_url is not None and not protected
        tunnel = "; for a tunnel, set PUBLIC_BASE_URL to its address" if possible else ""
        return f"this server does not answer under this host name: use {_address(request)}{tunnel}"


def own_origins(url: str) -> frozenset[str]:
    """Return the origins of a server on this machine: its port under each of this machine's names."""
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port else ""
    return frozenset(f"{parts.scheme}://{name}{port}" for name in NAMES)


def has_key(request: web.Request, key: str) -> bool:
    """Has the request the key, in the header or as `?code=`?"""
    given = request.headers.get(KEY_HEADER) or request.query.get(KEY_PARAMETER, "")
    return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), key.encode())


def key_missing() -> web.Response:
    """Make the answer 401 to a request without the key."""
    where = f"`make run` prints it on the line `key`, and local/{RUN_FILE_NAME} has it; the phone page adds it to links"
    return _refused(401, f"give the key of this run, as the header {KEY_HEADER} or as ?{KEY_PARAMETER}=: {where}")


def routes_of(application: web.Application) -> list[tuple[str, str]]:
    """Return method (`*` for any) and path template of each route."""
    routes = application.router.routes()
    return [(route.method, route.resource.canonical if route.resource else "") for route in routes]


def authority(url: str) -> str:
    """Return the Host of requests to a URL, in lower case and without the scheme's own port; "" for no URL."""
    try:
        parts = urlsplit(url)
        port = None if parts.port == DEFAULT_PORTS.get(parts.scheme) else parts.port
    except ValueError:
        return ""
    name = parts.hostname or ""
    bracketed = f"[{name}]" if ":" in name else name
    return f"{bracketed}:{port}" if port else bracketed


def _hosts(request: web.Request) -> set[str]:
    """Return the host names that a request gives: the Host header, "" for none, and that of an absolute target."""
    hosts = {host.lower() for host in request.headers.getall("Host", [""])}
    return hosts if request.raw_path.startswith("/") else hosts | {authority(request.raw_path)}


def _own_authorities(request: web.Request) -> set[str]:
    """Return this machine's names with the port that the request came to."""
    return {f"{name}:{_port(request)}" for name in NAMES}


def _is_of_another_site(request: web.Request, origins: set[str], *, links_allowed: bool) -> bool:
    """Does the browser report another site? A link to a page of ours is allowed, where links are: it only opens it."""
    if any(origin.lower() not in origins for origin in request.headers.getall("Origin", [])):
        return True
    if request.headers.get("Sec-Fetch-Site", "none") in OWN_SITES:
        return False
    headers = request.headers
    opens = headers.get("Sec-Fetch-Mode") == "navigate" and headers.get("Sec-Fetch-Dest") == "document"
    return not (links_allowed and request.method == "GET" and opens)


def _address(request: web.Request) -> str:
    return f"http://{NAMES[0]}:{_port(request)}"


def _port(request: web.Request) -> int:
    """Return the port that the request came to; 0 when the client has closed the connection already."""
    address = request.get_extra_info("sockname")
    return int(address[1]) if address else 0


def _refused(status: int, sentence: str) -> web.Response:
    return web.json_response({"error": sentence}, status=status)
