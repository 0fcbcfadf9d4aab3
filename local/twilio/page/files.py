"""Serves the files of local/phone as they are."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import web

FOLDER = Path(__file__).parents[2] / "phone"
TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
# The page loads nothing from other hosts, and runs only our own script files.
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; media-src 'self'"

Handler = Callable[[web.Request], Awaitable[web.Response]]


def routes() -> list[web.RouteDef]:
    """Return a route for each file; the page itself is at `/`."""
    files = sorted(path for path in FOLDER.iterdir() if path.suffix in TYPES)
    return [web.get("/" if path.name == "index.html" else f"/{path.name}", _server(path)) for path in files]


def _server(path: Path) -> Handler:
    async def serve(_: web.Request) -> web.Response:
        text = await asyncio.to_thread(path.read_text)
        headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        return web.Response(text=text, content_type=TYPES[path.suffix], charset="utf-8", headers=headers)

    return serve
