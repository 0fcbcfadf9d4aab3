"""Web pages of other sites drive nothing on a developer's machine: every route of every local server is tried."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import aiohttp
import pytest

from local.functions_host import Host
from local.settings import ROOT
from tests.fakes import ENVIRONMENT, FakeServices
from tests.functional.functions_host_app import KEY, no_storage
from tests.functional.functions_host_app import options as host_options
from tests.functional.functions_host_app import running as running_app
from tests.functional.twilio_standin_app import ACCOUNT, TOKEN, running
from tests.functions import serving
from tests.local_routes import (
    EVIL,
    FRAME,
    JSON,
    LINK,
    NO_CORS,
    SAME_ORIGIN,
    SIMPLE_TYPES,
    Route,
    Server,
)

TUNNEL = "https://tunnel.example.com"
# It reads JSON only, and wants an agent's key in it.
TOKEN_PATH = "/api/client/token"


@asynccontextmanager
async def functions_host() -> AsyncIterator[Server]:
    """The Functions host with the product's own functions."""
    environ = {**ENVIRONMENT, **no_storage(), "PUBLIC_BASE_URL": TUNNEL}
    with serving(FakeServices(ENVIRONMENT)):
        async with Host(host_options(ROOT), environ) as host:
            yield Server(host.url, KEY, host.routes())


@asynccontextmanager
async def stand_in() -> AsyncIterator[Server]:
    """Twilio's stand-in, with the page, before an app."""
    async with running() as (_, standin):
        credentials = {"Authorization": aiohttp.encode_basic_auth(ACCOUNT, TOKEN)}
        yield Server(standin.url, standin.key, standin.routes(), credentials)


Serving = Callable[[], AbstractAsyncContextManager[Server]]
# A person's own key is in its JSON.
EACH_SERVER = pytest.mark.parametrize("starts", [functions_host, stand_in])


def is_own_api(route: Route) -> bool:
    """Is it a route that needs the key and JSON?"""
    return route.path.startswith(("/admin/", "/standin/"))


@EACH_SERVER
async def test_the_walk_knows_the_routes(starts: Serving) -> None:
    """It is no walk over nothing: the routes that this file is about are among them."""
    async with starts() as server:
        paths = {route.path for route in server.walk()}
        assert paths >= {"/admin/functions/echo", "/api/voice/incoming"} or paths >= {"/", "/standin/feed"}
        assert len(paths) >= 12


@EACH_SERVER
@pytest.mark.parametrize(
    "host", ["evil.example.com", "evil.example.com:{port}", "127.0.0.1:1", "localhost", "localhost.:{port}"]
)
async def test_a_name_that_resolves_to_this_machine_is_refused(starts: Serving, host: str) -> None:
    """DNS rebinding: all that the browser sends is right, as from the same origin, except for the Host."""
    async with starts() as server:
        named = host.replace("{port}", server.url.rpartition(":")[2])
        for route in server.walk():
            reply = await server.send(route, {**JSON, **SAME_ORIGIN, "Host": named, "Origin": f"http://{named}"})
            assert (route, reply.status) == (route, 403)
            assert reply.refusal


@EACH_SERVER
@pytest.mark.parametrize(
    "origin", [EVIL, "null", "http://127.0.0.1:3000", "http://localhost", "https://127.0.0.1:{port}"]
)
async def test_a_page_of_another_origin_is_refused(starts: Serving, origin: str) -> None:
    """Even with the key and a JSON body; no header allows that page to read the answer."""
    async with starts() as server:
        named = origin.replace("{port}", server.url.rpartition(":")[2])
        for route in server.walk():
            reply = await server.send(route, {**JSON, "Origin": named})
            assert (route, reply.status) == (route, 403)
            assert reply.refusal
            assert not [name for name in reply.headers if name.lower().startswith("access-control-")]


@EACH_SERVER
@pytest.mark.parametrize("fetch", [NO_CORS, FRAME, NO_CORS | {"Sec-Fetch-Site": "same-site"}])
async def test_an_image_or_a_frame_of_another_site_is_refused(starts: Serving, fetch: dict[str, str]) -> None:
    """A browser sends no Origin with these, but says what they are."""
    async with starts() as server:
        for route in server.walk():
            reply = await server.send(route, fetch)
            assert (route, reply.status) == (route, 403)


@EACH_SERVER
@pytest.mark.parametrize("content_type", SIMPLE_TYPES)
async def test_a_simple_request_of_another_site_is_refused(starts: Serving, content_type: str) -> None:
    """As a browser sends it without asking first; and its preflight, when it does ask, is refused too."""
    headers = {**NO_CORS, "Origin": EVIL, **({"Content-Type": content_type} if content_type else {})}
    async with starts() as server:
        for route in server.walk():
            preflight = Route("OPTIONS", route.path)
            asking = {"Origin": EVIL, "Access-Control-Request-Method": route.method}
            assert (route, (await server.send(route, headers)).status) == (route, 403)
            assert (route, (await server.send(preflight, asking)).status) == (route, 403)


@EACH_SERVER
@pytest.mark.parametrize("content_type", SIMPLE_TYPES)
async def test_a_simple_request_from_a_browser_that_names_no_origin_is_refused(
    starts: Serving, content_type: str
) -> None:
    """An own API and an agent's token want JSON; a webhook wants Twilio's signature, the REST API its credentials."""
    headers = {"Content-Type": content_type} if content_type else {}
    async with starts() as server:
        anybody = Server(server.url, server.key, server.routes)
        for route in (each for each in anybody.walk() if each.method == "POST"):
            status = (await anybody.send(route, headers)).status
            refused = {415} if is_own_api(route) else {400} if route.path == TOKEN_PATH else {401, 403, 404}
            assert status in refused, (route, status)


@EACH_SERVER
@pytest.mark.parametrize("key", ["", "wrong", "local", "\xe9"])
async def test_an_own_api_wants_the_key_of_this_run(starts: Serving, key: str) -> None:
    """The stream of events and what only reads, too."""
    async with starts() as server:
        stranger = Server(server.url, key, server.routes)
        for route in (each for each in stranger.walk() if is_own_api(each)):
            reply = await stranger.send(route, {**JSON, **SAME_ORIGIN})
            assert (route, reply.status) == (route, 401)


@EACH_SERVER
@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "[::1]"])
async def test_our_own_page_is_not_refused(starts: Serving, name: str) -> None:
    """The same requests from the page of the server itself, under each name of this machine."""
    async with starts() as server:
        own = f"{name}:{server.url.rpartition(':')[2]}"
        for route in server.walk():
            reply = await server.send(route, {**JSON, **SAME_ORIGIN, "Host": own, "Origin": f"http://{own}"})
            assert (route, reply.refusal) == (route, "")


@EACH_SERVER
async def test_a_command_line_is_not_refused(starts: Serving) -> None:
    """curl, Twilio and the stand-in send neither Origin nor Sec-Fetch headers."""
    async with starts() as server:
        for route in server.walk():
            reply = await server.send(route, JSON)
            assert (route, reply.refusal) == (route, "")


@EACH_SERVER
async def test_a_link_on_another_site_opens_pages_only(starts: Serving) -> None:
    """A person who follows it sees the page; the own API is not opened, not even with the key."""
    async with starts() as server:
        for route in (each for each in server.walk() if each.method == "GET"):
            reply = await server.send(route, LINK)
            assert (route, reply.status == 403 and bool(reply.refusal)) == (route, is_own_api(route))


@EACH_SERVER
async def test_a_refusal_says_what_to_do(starts: Serving) -> None:
    """In one line, with the address to use."""
    async with starts() as server:
        route = next(each for each in server.walk() if is_own_api(each) and each.method == "POST")
        renamed = await server.send(route, {**JSON, "Host": "evil.example.com"})
        assert renamed.refusal == f"this server does not answer under this host name: use {server.url}"
        foreign = await server.send(route, {**JSON, "Origin": EVIL})
        assert f"open {server.url} in the browser itself, or use `./sb local`" in foreign.refusal
        untyped = await server.send(route, {"Content-Type": "text/plain"})
        assert untyped.refusal.startswith("set the header Content-Type: application/json")
        unknown = await Server(server.url, "", server.routes).send(route, JSON)
        assert "`make run` prints it on the line `key`, and local/run.json has it" in unknown.refusal


async def test_nothing_happens_at_the_stand_in_for_a_foreign_request() -> None:
    """No text, no call, no handset more or less, no page that is taken for open."""
    async with running() as (app, standin):
        server = Server(standin.url, standin.key, standin.routes())
        phones = standin.page_handsets.to_json()
        for route in server.walk():
            await server.send(
                route, {**JSON, "Origin": EVIL}, body=b'{"from": "+15005550006", "number": "+15005550007"}'
            )
        assert (standin.account.messages, standin.account.calls, app.requests) == ({}, {}, [])
        assert standin.page_handsets.to_json() == phones
        assert not standin.is_page_open


async def test_a_tunnel_leads_to_the_functions_and_not_to_the_admin_api() -> None:
    """PUBLIC_BASE_URL's host is the user's own choice; what it reaches is what Azure shows to everybody."""
    tunnel = {"Host": "Tunnel.example.com", "Origin": TUNNEL}
    async with functions_host() as server:
        for route in server.walk():
            reply = await server.send(route, {**JSON, **SAME_ORIGIN, **tunnel})
            assert (route, reply.status == 403 and bool(reply.refusal)) == (route, is_own_api(route))


async def test_a_host_name_that_lacks_a_tunnel_is_answered_with_the_setting() -> None:
    """Whoever starts one and forgets the setting reads what to set."""
    async with functions_host() as server:
        reply = await server.send(Route("GET", "/api/health"), {"Host": "other.example.com"})
        assert reply.refusal.endswith(f"use {server.url}; for a tunnel, set PUBLIC_BASE_URL to its address")


async def test_the_phone_page_is_in_no_frame_and_readable_by_no_other_site() -> None:
    """It contains the key."""
    async with stand_in() as server, aiohttp.ClientSession() as session, session.get(server.url) as response:
        assert f'<meta name="key" content="{server.key}">' in await response.text()
        assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]
        assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert not [name for name in response.headers if name.startswith("Access-Control-")]


async def test_each_run_has_a_key_of_its_own() -> None:
    """Nobody can know it before."""
    async with running() as (_, one), running() as (_, other):
        assert one.key != other.key
        assert min(len(one.key), len(other.key)) >= 32
    assert host_options(ROOT).function_key == KEY


async def test_a_function_that_allows_other_sites_is_not_reached_by_them(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Whatever CORS headers a function sends."""
    source = """
@app.route("open")
def open_to_all(req: func.HttpRequest) -> func.HttpResponse:
    note("ran")
    return func.HttpResponse("in", headers={"Access-Control-Allow-Origin": "*"})
"""
    async with running_app(tmp_path_factory.mktemp("app"), source) as app:
        answer = await app.ask("/api/open", headers={"Origin": EVIL})
        assert (answer.status, app.ran) == (403, [])
