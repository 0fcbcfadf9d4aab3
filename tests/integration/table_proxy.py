"""A proxy for a table service: it counts requests, loses answers, and can shift the time."""

from __future__ import annotations

import email.utils
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import aiohttp
from aiohttp import web
from yarl import URL

from tests.doubles import answering

HOP_BY_HOP = {"transfer-encoding", "connection", "keep-alive", "content-encoding", "content-length"}


class TableProxy:
    """Forwards each request. The next `lost` answers become 503, the next `cut` ones a closed connection.

    The next `repeated` requests are forwarded twice, and the second answer is returned. `ahead` shifts the time of the
    answers, in seconds.
    """

    def __init__(self, port: int) -> None:
        self._port = port
        self.lost = 0
        self.cut = 0
        self.repeated = 0
        self.ahead = 0.0
        self.requests: list[str] = []

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Forwards one request to the service."""
        self.requests.append(request.method)
        if self.repeated:
            self.repeated -= 1
            await self._forward(request)
        status, kept, body = await self._forward(request)
        if self.cut:
            self.cut -= 1
            assert request.transport is not None
            request.transport.close()
        if self.lost:
            self.lost -= 1
            return web.Response(status=503)
        now = datetime.now(UTC).timestamp() + self.ahead
        return web.Response(status=status, headers=kept | {"Date": email.utils.formatdate(now, usegmt=True)}, body=body)

    async def _forward(self, request: web.Request) -> tuple[int, dict[str, str], bytes]:
        # The signature covers the path as it was written, and the content type where there is one.
        url = f"http://127.0.0.1:{self._port}{request.raw_path}"
        headers = {name: value for name, value in request.headers.items() if name.lower() not in HOP_BY_HOP}
        async with (
            aiohttp.ClientSession(auto_decompress=False, skip_auto_headers=["Content-Type"]) as session,
            session.request(
                request.method, URL(url, encoded=True), headers=headers, data=await request.read() or None
            ) as answer,
        ):
            body = await answer.read()
            kept = {name: value for name, value in answer.headers.items() if name.lower() not in HOP_BY_HOP}
        return answer.status, kept, body


@asynccontextmanager
async def before(port: int) -> AsyncIterator[tuple[TableProxy, int]]:
    """A proxy for the table service on this port, and the proxy's port."""
    proxy = TableProxy(port)
    async with answering(proxy.handle) as url:
        yield proxy, int(url.rpartition(":")[2])
