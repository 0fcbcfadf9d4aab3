"""What the page shows of the app's numbers, and its clock. The stack knows both; the stand-in passes them on.

GET    /standin/numbers                   what is shown: trees, problems, clock, and numbers that can be called
POST   /standin/clock                     {"at": "2026-12-27T22:00"}: set the app's clock for opening hours;
                                          "" sets it back
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from aiohttp import web

from local.errors import LocalError
from local.twilio.json_requests import bad_request, conflict, read_json, string
from local.twilio.page.feed import Feed

NOTHING: Mapping[str, object] = {"callable": [], "trees": [], "problems": [], "clock": None}


class NumbersApi:
    """The routes, and the state that a new page gets. `set_clock` is None where no stack runs."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self.shown = NOTHING
        self.set_clock: Callable[[str], None] | None = None

    def show(self, shown: Mapping[str, object]) -> None:
        """Show this on every page."""
        self.shown = shown
        self._feed.publish("numbers", shown)

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [web.get("/standin/numbers", self._get), web.post("/standin/clock", self._clock)]

    async def _get(self, _: web.Request) -> web.Response:
        return web.json_response(dict(self.shown))

    async def _clock(self, request: web.Request) -> web.Response:
        body = await read_json(request)
        if self.set_clock is None:
            raise conflict("there is no app whose clock could be set: run the whole stack")
        try:
            self.set_clock(string(body, "at"))
        except LocalError as error:
            raise bad_request(str(error)) from error
        return web.json_response(dict(self.shown))
