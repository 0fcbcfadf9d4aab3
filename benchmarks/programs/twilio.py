"""Twilio's side in a process of its own: creates texts as the stand-in does, and answers after a fixed time.

Arguments: the seconds until each answer. Prints its port. `GET /seen` returns the monotonic times of the creates since
the last one, and forgets them.
"""

from __future__ import annotations

import asyncio
import sys
import time
from datetime import UTC, datetime

from aiohttp import web

from local.twilio import resources
from local.twilio.account import StandInAccount
from local.twilio.rest.form import Form

ACCOUNT_SID = "AC" + "0" * 32


class Twilio:
    """The Messages resource of one account."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._account = StandInAccount(ACCOUNT_SID, lambda: datetime.now(UTC))
        self._seen: list[float] = []

    async def create(self, request: web.Request) -> web.Response:
        """Creates a text."""
        self._seen.append(time.monotonic())
        form = Form(await request.text())
        text = self._account.add_message(
            to=form.text("To"),
            sender=form.text("From"),
            body=form.text("Body"),
            status="queued",
            direction="outbound-api",
        )
        self._account.messages.clear()
        await asyncio.sleep(self._seconds)
        return web.json_response(resources.message_json(text, ACCOUNT_SID), status=201)

    async def seen(self, _: web.Request) -> web.Response:
        """Returns the times of the creates, and forgets them."""
        seen, self._seen = self._seen, []
        return web.json_response(seen)


async def main(seconds: float) -> None:
    """Serves until the process is ended."""
    twilio = Twilio(seconds)
    app = web.Application()
    path = "/2010-04-01/Accounts/{account}/Messages.json"
    app.add_routes([web.post(path, twilio.create), web.get("/seen", twilio.seen)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1])))
