"""A proxy in front of the app, whose answers a test can replace."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType

import aiohttp
from aiohttp import web
from yarl import URL

from tests.ports import free_port

KEPT = ("Content-Type", "X-Twilio-Signature", "x-functions-key")

Replace = Callable[[web.Request], web.Response | None]


class AppProxy:
    """`async with AppProxy(replace) as proxy`, then set `app`.

    A request that `replace` answers never reaches the app. Without an app the answer is 503, as at Azure's front end.
    """

    def __init__(self, replace: Replace) -> None:
        self.url = f"http://127.0.0.1:{free_port()}"
        self.app = ""
        self._replace = replace

    async def __aenter__(self) -> AppProxy:
        """Starts the server."""
        self._session = aiohttp.ClientSession(auto_decompress=False)
        application = web.Application()
        application.router.add_route("*", "/{rest:.*}", self._handle)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", URL(self.url).port).start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Closes everything."""
        await self._runner.cleanup()
        await self._session.close()

    async def _handle(self, request: web.Request) -> web.Response:
        replaced = self._replace(request)
        if replaced is not None:
            return replaced
        headers = {name: request.headers[name] for name in KEPT if name in request.headers}
        url = URL(self.app + request.raw_path, encoded=True)
        body = await request.read() or None
        try:
            async with self._session.request(
                request.method, url, headers=headers, data=body, allow_redirects=False
            ) as answer:
                text = await answer.read()
                return web.Response(status=answer.status, body=text, headers={"Content-Type": answer.content_type})
        except aiohttp.ClientError:
            return web.Response(status=503)
