"""Every route of the local servers, and requests to them as a page of another site and as our own page send them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

import aiohttp
from yarl import URL

from local.request_guard import KEY_HEADER
from tests.functional.twilio_standin_app import ACCOUNT, PHONE

EVIL = "https://evil.example.com"
SAMPLES = {
    "{account_sid}": ACCOUNT,
    "{number}": "%2B" + PHONE[1:],
    "{sid}": "SM" + "0" * 32,
    "{name}": "echo",
    "{path}": "anything",
    "{file?}": "main.js",
}
JSON = {"Content-Type": "application/json"}
# What a browser adds to a request, from where it comes.
SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"}
NO_CORS = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}
FRAME = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"}
LINK = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
# All that a browser sends without asking the server first. An absent type is one of them.
SIMPLE_TYPES = ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b", "")
GUARDED = (401, 403, 415)


@dataclass(frozen=True)
class Route:
    """A method and a path without parameters."""

    method: str
    path: str

    @classmethod
    def of(cls, method: str, template: str) -> Route:
        """A route with sample values in its path, and POST for any method."""
        path = template
        for name, value in SAMPLES.items():
            path = path.replace(name, value)
        assert "{" not in path, f"no sample for a parameter of {template}"
        return cls("POST" if method == "*" else method, path)


@dataclass(frozen=True)
class Reply:
    """What a request was answered. `refusal` is the guard's sentence, "" when the guard let the request pass."""

    status: int
    headers: Mapping[str, str]
    refusal: str


@dataclass(frozen=True)
class Server:
    """A running server with its routes, its key, and credentials for what needs others."""

    url: str
    key: str
    routes: list[tuple[str, str]]
    credentials: Mapping[str, str] = field(default_factory=dict)

    def walk(self) -> list[Route]:
        """All routes."""
        return [Route.of(method, template) for method, template in self.routes]

    async def send(self, route: Route, headers: Mapping[str, str], *, body: bytes = b"{}") -> Reply:
        """Send a request with the valid credentials, as if the other site knew them, and these headers."""
        sent = {KEY_HEADER: self.key, **self.credentials, **headers}
        url = URL(self.url + route.path, encoded=True)
        limit = aiohttp.ClientTimeout(total=20)
        async with aiohttp.ClientSession(timeout=limit, skip_auto_headers=["Content-Type"]) as session:
            data = body if route.method == "POST" else None
            async with session.request(route.method, url, headers=sent, data=data, allow_redirects=False) as response:
                endless = response.content_type == "text/event-stream"
                text = "" if endless else await response.text(errors="replace")
                return Reply(response.status, dict(response.headers), _refusal(response.status, route.method, text))


def _refusal(status: int, method: str, text: str) -> str:
    if status not in GUARDED:
        return ""
    if method == "HEAD":
        return "no body"
    try:
        answer = json.loads(text)
    except ValueError:
        return ""
    return str(answer["error"]) if isinstance(answer, dict) and answer.keys() == {"error"} else ""
