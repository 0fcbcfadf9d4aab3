"""Twilio's REST API as a local server with the answer of a test, and the real adapter for it."""

import base64
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from urllib.parse import parse_qs

from aiohttp import web

from switchboard.adapters.twilio_api import TwilioApi
from switchboard.settings import Settings
from tests.doubles import answering

ACCOUNT = "AC" + "0" * 32
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


class RotatingSecrets:
    """Tokens that a test changes; `next_tokens` are those after a refresh."""

    def __init__(self, *tokens: str, next_tokens: tuple[str, ...] = ()) -> None:
        self.tokens = tokens
        self.next_tokens = next_tokens or tokens

    async def auth_tokens(self) -> tuple[str, ...]:
        return self.tokens

    async def refreshed_auth_tokens(self) -> tuple[str, ...]:
        return self.next_tokens

    async def shared_keys(self) -> tuple[str, ...]:
        return ()

    async def refreshed_shared_keys(self) -> tuple[str, ...]:
        return ()

    async def api_key_secret(self) -> str:
        return "secret-of-the-key"

    async def agent_keys(self) -> str:
        return ""

    async def check(self) -> None:
        """Always succeeds."""


class TwilioServer:
    """Twilio with the answer of a test. It records fields and credentials of the requests."""

    def __init__(self, answer: Answer | None = None) -> None:
        self.answer = answer or created
        self.url = ""
        self.fields: list[dict[str, list[str]]] = []
        self.users: list[str] = []
        self.passwords: list[str] = []

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.fields.append(parse_qs(await request.text(), keep_blank_values=True))
        user, _, password = base64.b64decode(request.headers["Authorization"].split()[1]).decode().partition(":")
        self.users.append(user)
        self.passwords.append(password)
        return await self.answer(request)


async def created(_: web.Request) -> web.StreamResponse:
    """201, for a created resource."""
    return web.json_response({"sid": "SM" + "1" * 32, "status": "queued"}, status=201)


def refusing(status: int, code: int, headers: dict[str, str] | None = None) -> Answer:
    """An answer with Twilio's JSON of an error."""

    async def answer(_: web.Request) -> web.StreamResponse:
        body = {"code": code, "message": "no +15005550006", "more_info": "", "status": status}
        return web.json_response(body, status=status, headers=headers)

    return answer


@asynccontextmanager
async def serving(server: TwilioServer) -> AsyncIterator[TwilioServer]:
    """The server on a free port."""
    async with answering(server.handle) as server.url:
        yield server


@asynccontextmanager
async def calling(
    url: str, secrets: RotatingSecrets | None = None, *, whole_seconds: float = 2, api_key_sid: str = ""
) -> AsyncIterator[TwilioApi]:
    """The adapter for a server, with short timeouts."""
    api = TwilioApi(
        Settings(account_sid=ACCOUNT, public_origin="https://x", api_base_url=url, local=True, api_key_sid=api_key_sid),
        secrets or RotatingSecrets("token"),
        connect_seconds=0.5,
        whole_seconds=whole_seconds,
    )
    try:
        yield api
    finally:
        await api.close()
