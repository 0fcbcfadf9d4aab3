"""A proxy between the app and one of Azurite's services: it counts requests, and holds those that a test selects."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from urllib.parse import unquote

import aiohttp
from aiohttp import web
from multidict import CIMultiDict
from yarl import URL

from tests.ports import free_port

HOP_BY_HOP = ("Connection", "Keep-Alive", "Transfer-Encoding", "Content-Length", "Content-Encoding")
LARGEST_BODY = 4 * 1024 * 1024


@dataclass(frozen=True)
class Transaction:
    """One request that storage answered: its path unquoted, and whether the answer contains a message or an entity."""

    method: str
    path: str
    status: int
    is_empty: bool

    @property
    def is_idle_poll(self) -> bool:
        """A request for messages that got none."""
        return self.method == "GET" and self.path.endswith("/messages") and self.is_empty


class StorageProxy:
    """`async with StorageProxy(port of the service) as proxy`.

    Requests for which `holds` is true wait until `drop`, and never reach storage; `held` has their paths. Those for
    which `holds_answer` is true reach storage, and their answers are held. Those for which `forbids` is true get 403.
    """

    def __init__(self, service_port: int) -> None:
        self.port = free_port()
        self.seen: list[Transaction] = []
        self.held: list[str] = []
        self.holds: Callable[[str, str], bool] = _nothing
        self.holds_answer: Callable[[str, str], bool] = _nothing
        self.forbids: Callable[[str, str], bool] = _nothing
        self._origin = f"http://127.0.0.1:{service_port}"
        self._dropped = asyncio.Event()

    async def __aenter__(self) -> StorageProxy:
        """Starts the server."""
        # Headers are signed: none may be added on the way.
        self._session = aiohttp.ClientSession(
            auto_decompress=False, skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type", "User-Agent")
        )
        application = web.Application(client_max_size=LARGEST_BODY)
        application.router.add_route("*", "/{rest:.*}", self._handle)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Closes everything."""
        self.drop()
        await self._runner.cleanup()
        await self._session.close()

    def drop(self) -> None:
        """Closes the held connections without an answer, and holds nothing more."""
        self.holds = self.holds_answer = _nothing
        self._dropped.set()
        self._dropped = asyncio.Event()
        self.held.clear()

    async def _handle(self, request: web.Request) -> web.Response:
        path = unquote(request.path)
        if self.holds(request.method, path):
            return await self._hold(request, path)
        if self.forbids(request.method, path):
            return web.Response(status=403, headers={"x-ms-error-code": "AuthorizationPermissionMismatch"})
        is_held = self.holds_answer(request.method, path)
        try:
            answer = await self._forward(request, path)
        except aiohttp.ClientError:
            return web.Response(status=503)
        return await self._hold(request, path) if is_held else answer

    async def _hold(self, request: web.Request, path: str) -> web.Response:
        self.held.append(path)
        await self._dropped.wait()
        if request.transport:
            request.transport.abort()
        return web.Response(status=503)

    async def _forward(self, request: web.Request, path: str) -> web.Response:
        url = URL(self._origin + request.raw_path, encoded=True)
        headers = _end_to_end(request.headers)
        async with self._session.request(
            request.method, url, headers=headers, data=await request.read() or None
        ) as answer:
            body = await answer.read()
            self.seen.append(Transaction(request.method, path, answer.status, b"<QueueMessage>" not in body))
            return web.Response(status=answer.status, headers=_end_to_end(answer.headers), body=body)


def _nothing(_method: str, _path: str) -> bool:
    return False


def _end_to_end(headers: Mapping[str, str]) -> CIMultiDict[str]:
    kept = CIMultiDict(headers)
    for name in HOP_BY_HOP:
        kept.popall(name, None)
    return kept
