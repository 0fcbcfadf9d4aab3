"""What a developer's machine changes in the app's answers: files of its own, and other versions of some answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from aiohttp import web
from aiohttp.typedefs import Middleware

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Change = Callable[[web.Response], None]


@dataclass(frozen=True)
class LocalFile:
    """A file that the host itself serves."""

    content_type: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Amendments:
    """`files` are served by GET at their paths. `changes` change the answers 200 to GET of their paths."""

    files: Mapping[str, LocalFile] = field(default_factory=dict)
    changes: Mapping[str, Change] = field(default_factory=dict)

    def middleware(self) -> Middleware:
        """Return the middleware, which passes every other request on."""

        @web.middleware
        async def amend(request: web.Request, handler: Handler) -> web.StreamResponse:
            if request.method != "GET":
                return await handler(request)
            if file := self.files.get(request.path):
                headers = {"Cache-Control": "no-store"}
                return web.Response(text=file.text, content_type=file.content_type, headers=headers)
            response = await handler(request)
            change = self.changes.get(request.path)
            if change and isinstance(response, web.Response) and response.status == 200:
                change(response)
            return response

        return amend
