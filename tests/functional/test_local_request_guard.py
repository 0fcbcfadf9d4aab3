"""Requests that no browser library sends: written byte by byte."""

from __future__ import annotations

import asyncio

import pytest

from local.request_guard import authority
from local.twilio.server import StandIn
from tests.functional.twilio_standin_app import running


async def status(standin: StandIn, target: str, *headers: str, version: str = "1.1") -> int:
    """The status of a GET with exactly these header lines."""
    port = standin.url.rpartition(":")[2]
    lines = [f"GET {target} HTTP/{version}", *headers, "Connection: close", "", ""]
    reader, writer = await asyncio.open_connection("127.0.0.1", int(port))
    writer.write("\r\n".join(lines).replace("PORT", port).encode())
    answer = await asyncio.wait_for(reader.read(), 5)
    writer.close()
    await writer.wait_closed()
    return int(answer.split()[1])


@pytest.mark.parametrize(
    ("target", "headers"),
    [
        ("/", ("Host: 127.0.0.1:PORT",)),
        ("/", ("Host: LOCALHOST:PORT",)),
        ("http://127.0.0.1:PORT/", ("Host: 127.0.0.1:PORT",)),
    ],
)
async def test_this_machines_names_are_answered(target: str, headers: tuple[str, ...]) -> None:
    """In any case, and in the form that proxies get."""
    async with running() as (_, standin):
        assert await status(standin, target, *headers) == 200


@pytest.mark.parametrize(
    ("target", "headers"),
    [
        ("/", ("Host:",)),
        ("/", ("Host: 127.0.0.1:PORT.evil.example.com",)),
        ("/", ("Host: evil.example.com@127.0.0.1:PORT",)),
        ("/", ("Host: 127.0.0.1.evil.example.com:PORT",)),
        ("/", ("Host: 0.0.0.0:PORT",)),
        ("http://evil.example.com/", ("Host: 127.0.0.1:PORT",)),
        ("http://evil.example.com:PORT/", ("Host: 127.0.0.1:PORT",)),
    ],
)
async def test_a_host_name_that_only_looks_like_ours_is_refused(target: str, headers: tuple[str, ...]) -> None:
    """Also one in the request's first line."""
    async with running() as (_, standin):
        assert await status(standin, target, *headers) == 403


async def test_two_host_names_are_refused() -> None:
    """Whichever is first."""
    async with running() as (_, standin):
        for hosts in (("127.0.0.1:PORT", "evil.example.com"), ("evil.example.com", "127.0.0.1:PORT")):
            assert await status(standin, "/", *(f"Host: {host}" for host in hosts)) in (400, 403)


async def test_a_request_without_a_host_name_is_refused() -> None:
    """As HTTP/1.0 allows."""
    async with running() as (_, standin):
        assert await status(standin, "/", version="1.0") == 403


@pytest.mark.parametrize(
    "path", ["/standin/messages", "/%73tandin/messages", "//standin/messages", "/./standin/messages"]
)
async def test_no_spelling_of_a_path_avoids_the_key(path: str) -> None:
    """It is refused, or it is no route."""
    async with running() as (_, standin):
        assert await status(standin, path, "Host: 127.0.0.1:PORT") in (401, 404)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://Voice.example.com", "voice.example.com"),
        ("https://voice.example.com:443/app", "voice.example.com"),
        ("https://voice.example.com:8443", "voice.example.com:8443"),
        ("http://127.0.0.1:7071", "127.0.0.1:7071"),
        ("http://[::1]:7071", "[::1]:7071"),
        ("", ""),
        ("http://[", ""),
        ("https://voice.example.com:port", ""),
    ],
)
def test_a_urls_host_header(url: str, host: str) -> None:
    """As clients send it: without the scheme's own port; none for what is no URL."""
    assert authority(url) == host
