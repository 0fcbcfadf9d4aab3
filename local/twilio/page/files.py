"""Serves the files of local/phone; the page contains the key of this run, which its scripts send."""

from __future__ import annotations

import asyncio
import html
from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import web

FOLDER = Path(__file__).parents[2] / "phone"
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

Handler = Callable[[web.Request], Awaitable[web.Response]]


def routes(key: str) -> list[web.RouteDef]:
    """Return a route for each file; the page itself is at `/`, with the key."""
    files = sorted(path for path in FOLDER.iterdir() if path.suffix in TYPES)
    return [web.get("/" if path.name == "index.html" else f"/{path.name}", _server(path, key)) for path in files]


def _server(path: Path, key: str) -> Handler:
    async def serve(_: web.Request) -> web.Response:
        text = await asyncio.to_thread(path.read_text)
        if path.suffix == ".html":
            text = text.replace(KEY_IN_PAGE, html.escape(key))
        return web.Response(text=text, content_type=TYPES[path.suffix], charset="utf-8", headers=HEADERS)

    return serve
