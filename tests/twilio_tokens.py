"""A server in place of Twilio's account API: authentication by two auth tokens, and their rotation."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

from ops.twilio_account import TwilioAccount
from tests.doubles import answering

SID = "AC" + "0" * 32


@dataclass
class TwoTokens:
    """`primary` signs webhooks; `secondary` is "" when there is none. `requests` has each request as `POST path`."""

    primary: str
    secondary: str = ""
    requests: list[str] = field(default_factory=list)
    url: str = ""
    # How many tokens it has created.
    created: int = 0
    accounts: list[TwilioAccount] = field(default_factory=list)

    def account(self, *tokens: str) -> TwilioAccount:
        """Returns a TwilioAccount that sends its requests here, by Twilio's own library."""
        self.accounts.append(TwilioAccount(SID, tokens, base_url=self.url))
        return self.accounts[-1]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answers as Twilio does."""
        self.requests.append(f"{request.method} {request.path}")
        _, _, password = base64.b64decode(request.headers["Authorization"].split()[1]).decode().partition(":")
        if password not in {self.primary, self.secondary} - {""}:
            return _refusal(401, 20003, "Authenticate")
        if request.path == f"/2010-04-01/Accounts/{SID}.json":
            return web.json_response({"sid": SID, "status": "active", "type": "Full"})
        if request.path == "/v1/AuthTokens/Secondary":
            return self._change_secondary(request.method)
        if request.path == "/v1/AuthTokens/Promote" and self.secondary:
            self.primary, self.secondary = self.secondary, ""
            return web.json_response({"account_sid": SID, "auth_token": self.primary})
        return _refusal(404, 20404, "The requested resource was not found")

    def _change_secondary(self, method: str) -> web.StreamResponse:
        if method == "DELETE":
            self.secondary = ""
            return web.Response(status=204)
        if self.secondary:
            return _refusal(400, 20001, "A secondary auth token exists")
        self.created += 1
        self.secondary = f"token-made-{self.created}"
        return web.json_response({"account_sid": SID, "secondary_auth_token": self.secondary}, status=201)


@asynccontextmanager
async def two_tokens(primary: str, secondary: str = "") -> AsyncIterator[TwoTokens]:
    """Yields a running server."""
    tokens = TwoTokens(primary, secondary)
    async with answering(tokens.handle) as tokens.url:
        try:
            yield tokens
        finally:
            for account in tokens.accounts:
                await account.close()
            # The library's sockets close one turn of the event loop later.
            await asyncio.sleep(0)


def _refusal(status: int, code: int, message: str) -> web.Response:
    return web.json_response({"code": code, "message": message, "status": status}, status=status)
