"""The softphone page on a server of its own: the real table of files, a scripted token route, the SDK or its double."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

from switchboard.client import files

DOUBLE = Path(__file__).with_name("double.js")
Handler = Callable[[web.Request], Awaitable[web.Response]]


def _set() -> asyncio.Event:
    event = asyncio.Event()
    event.set()
    return event


@dataclass
class TokenRoute:
    """Answers POST client/token: a token with a number, or what the test puts into `refusal`.

    While `may_answer` is clear it answers nobody. The keys of `refused_agents` are wrong.
    """

    expires_in: int = 3600
    language: str = "en"
    refusal: tuple[int, dict[str, str]] | None = None
    retry_after: str = "30"
    asked: list[dict[str, str]] = field(default_factory=list)
    refused_agents: set[str] = field(default_factory=set)
    may_answer: asyncio.Event = field(default_factory=_set)

    async def answer(self, request: web.Request) -> web.Response:
        """Answers as the app does."""
        self.asked.append(await request.json())
        agent, number = self.asked[-1]["agent"], len(self.asked)
        await self.may_answer.wait()
        if agent in self.refused_agents:
            return web.json_response({"error": "Wrong key.", "code": "wrong_key"}, status=401)
        if self.refusal is not None:
            status, body = self.refusal
            return web.json_response(
                body, status=status, headers={"Retry-After": self.retry_after} if status == 429 else None
            )
        return web.json_response(self.granted(agent, number), headers={"Cache-Control": "no-store"})

    def granted(self, agent: str, number: int) -> dict[str, object]:
        """The answer of an agent who may."""
        return {
            "token": f"token-{number}",
            "identity": agent,
            "expires_in": self.expires_in,
            "agent": agent,
            "edge": "roaming",
            "queues": ["support", "sales"],
            "agents": [{"name": "bob", "identity": "bob"}, {"name": "Maria João", "identity": "maria"}],
            "numbers": [{"name": "Front desk", "number": "+15005550001"}],
            "language": self.language,
            "caller_id": "+15005550001",
        }


@dataclass
class Served:
    """The running server."""

    url: str
    tokens: TokenRoute


@asynccontextmanager
async def serving(
    tokens: TokenRoute, *, sdk: Path | None = DOUBLE, more: list[web.RouteDef] | None = None, local_script: str = ""
) -> AsyncIterator[Served]:
    """Serves the page on a free port of 127.0.0.1. `local_script` runs before the SDK, as the local stack's does."""
    app = web.Application()
    app.add_routes([web.get("/api/client/local.js", _script(local_script))] if local_script else [])
    app.add_routes([web.post("/api/client/token", tokens.answer), *(more or [])])
    app.add_routes([web.get("/api/client", _page(local_script)), web.get("/api/client/{name}", _file(sdk))])
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        port = runner.addresses[0][1]
        yield Served(f"http://127.0.0.1:{port}/api/client", tokens)
    finally:
        await runner.cleanup()


def _page(local_script: str) -> Handler:
    async def answer(request: web.Request) -> web.Response:
        found = files.find("", "")
        assert found is not None
        return _response(_made_local(found, request.host) if local_script else found)

    return answer


def _made_local(page: files.ClientFile, host: str) -> files.ClientFile:
    """Changes the page's answer as the local Functions host does: one script more, and this machine's policy."""
    policy = page.headers["Content-Security-Policy"]
    for production in files.signalling_hosts(""):
        policy = policy.replace(production, f"ws://{host}")
    body = page.body.replace(b"<script", b'<script src="client/local.js"></script><script', 1)
    return files.ClientFile(body, page.mimetype, {**page.headers, "Content-Security-Policy": policy})


def _file(sdk: Path | None) -> Handler:
    async def answer(request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name == files.SDK.name:
            return _script_response(sdk.read_text()) if sdk else web.Response(status=404)  # noqa: ASYNC240
        found = files.find(name, "")
        return _response(found) if found else web.Response(status=404)

    return answer


def _script(text: str) -> Handler:
    async def answer(_request: web.Request) -> web.Response:
        return _script_response(text)

    return answer


def _script_response(text: str) -> web.Response:
    return web.Response(text=text, content_type="text/javascript")


def _response(found: files.ClientFile) -> web.Response:
    return web.Response(body=found.body, headers=found.headers, content_type=found.mimetype, charset="utf-8")
