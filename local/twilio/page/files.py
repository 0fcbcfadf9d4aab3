"""Serves the files of local/phone, and links to the other pages.

The page contains the key of this run, which its scripts send. `/twimlets` leads to the app's page with its key.
"""

from __future__ import annotations

import asyncio
import html
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import quote

from aiohttp import web

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "local" / "phone"
# The tokens of all pages; the app's own pages use them too.
LOOK = ROOT / "switchboard" / "look.css"
TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
KEY_IN_PAGE = "RUN-KEY"
# The page loads nothing from other hosts, runs only our own script files, and is shown in no other site's frame.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; media-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
}
UNTRACKED = {"Referrer-Policy": "no-referrer"}

Handler = Callable[[web.Request], Awaitable[web.Response]]
StreamHandler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def routes(key: str, app_url: str) -> list[web.RouteDef]:
    """Return a route for each file and each link; the page itself is at `/`, with the key."""
    files = sorted(path for path in (*FOLDER.iterdir(), LOOK) if path.suffix in TYPES)
    links = {"/twimlets": f"{app_url}/api/twimlets?code={quote(key)}", "/softphone": f"{app_url}/api/client"}
    return [
        *(web.get("/" if path.name == "index.html" else f"/{path.name}", _server(path, key)) for path in files),
        *(web.get(path, _link(target)) for path, target in links.items()),
    ]


@web.middleware
async def explain_absent(request: web.Request, handler: StreamHandler) -> web.StreamResponse:
    """Say what to do at a path that does not exist."""
    try:
        return await handler(request)
    except web.HTTPNotFound:
        return web.Response(status=404, text=f"There is no {request.path} here. The phone page is at /.\n")


def _link(target: str) -> Handler:
    async def lead(_: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": target, "Cache-Control": "no-store", **UNTRACKED})

    return lead


def _server(path: Path, key: str) -> Handler:
    async def serve(_: web.Request) -> web.Response:
        text = await asyncio.to_thread(path.read_text)
        if path.suffix == ".html":
            text = text.replace(KEY_IN_PAGE, html.escape(key))
        return web.Response(text=text, content_type=TYPES[path.suffix], charset="utf-8", headers=HEADERS)

    return serve
