"""The arguments of a function on the local host, and its answer."""

import asyncio
import json
import socket
from pathlib import Path

import pytest
from yarl import URL

from tests.functional.functions_host_app import no_storage, running

SHOW = """
@app.route("show/{name?}")
async def show(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(json.dumps({
        "method": req.method, "url": req.url, "headers": dict(req.headers), "params": dict(req.params),
        "body": req.get_body().hex(), "form": dict(req.form),
    }))
"""
ANSWERS = """
@app.route("full")
def full(req: func.HttpRequest) -> func.HttpResponse:
    answer = func.HttpResponse(b"\\xff\\x00", status_code=418, mimetype="image/png", headers={"X-One": "1"})
    answer.headers.add("Set-Cookie", "a=1; Path=/; HttpOnly")
    answer.headers.add("Set-Cookie", "b=2")
    return answer

@app.route("plain")
def plain(req: func.HttpRequest) -> str:
    return "só texto"

@app.route("empty")
def empty(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(status_code=204)

@app.route("away")
def away(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(status_code=302, headers={"Location": "https://example.com/a%20b"})

@app.route("fails")
def fails(req: func.HttpRequest) -> func.HttpResponse:
    raise ValueError("out of ideas")

@app.route("nothing")
def nothing(req: func.HttpRequest) -> func.HttpResponse:
    return None
"""
WRITES = """
@app.route("tell")
@app.queue_output("told", "told", "AzureWebJobsStorage")
def tell(req: func.HttpRequest, told: func.Out[str]) -> func.HttpResponse:
    if "say" in req.params:
        told.set(req.params["say"])
    return func.HttpResponse("done")
"""


@pytest.mark.parametrize("target", ["/api/show?a=%3D%3D&b=%41+c", "/api/show/%7Ex", "/api/show?a=1&&b"])
async def test_the_url_is_unchanged(tmp_path: Path, target: str) -> None:
    """Byte for byte: signatures are made over it."""
    async with running(tmp_path, SHOW) as app:
        shown = json.loads((await app.ask(target)).text)
        assert shown["url"] == app.url + target


async def test_the_url_has_the_requested_host(tmp_path: Path) -> None:
    """From the Host header, as a tunnel passes it on."""
    tunnel = no_storage() | {"PUBLIC_BASE_URL": "https://voice.example.com"}
    async with running(tmp_path, SHOW, environ=tunnel) as app:
        shown = json.loads((await app.ask("/api/show", headers={"Host": "voice.example.com"})).text)
    assert shown["url"] == "http://voice.example.com/api/show"


async def test_the_body_is_unchanged(tmp_path: Path) -> None:
    """Any bytes, of any type."""
    body = bytes(range(256)) * 300
    async with running(tmp_path, SHOW) as app:
        shown = json.loads((await app.ask("/api/show", "POST", body=body)).text)
    assert bytes.fromhex(shown["body"]) == body


async def test_forms_headers_and_query_are_read_by_azures_own_classes(tmp_path: Path) -> None:
    """Header names in lower case, a repeated name joined by commas, empty query values left out."""
    headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": "abc="}
    async with running(tmp_path, SHOW) as app:
        answer = await app.ask(
            "/api/show?a=1&a=2&b=&c=%20", "POST", body=b"From=%2B1500&Body=ol%C3%A1", headers=headers
        )
    shown = json.loads(answer.text)
    assert shown["form"] == {"From": "+1500", "Body": "olá"}
    assert shown["params"] == {"a": "1,2", "c": " "}
    assert shown["headers"]["x-twilio-signature"] == "abc="


async def test_a_whole_answer_arrives(tmp_path: Path) -> None:
    """Status, type, headers, bytes, and each cookie."""
    async with running(tmp_path, ANSWERS) as app:
        reader, writer = await asyncio.open_connection("127.0.0.1", URL(app.url).port)
        host = app.url.removeprefix("http://").encode()
        writer.write(b"GET /api/full HTTP/1.1\r\nHost: " + host + b"\r\nConnection: close\r\n\r\n")
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
        writer.close()
        await writer.wait_closed()
    lines = head.decode().lower().split("\r\n")
    assert lines[0].startswith("http/1.1 418")
    assert {"content-type: image/png", "x-one: 1", "set-cookie: b=2"} <= set(lines)
    assert any(line.startswith("set-cookie: a=1; ") for line in lines)
    assert body == b"\xff\x00"


@pytest.mark.parametrize(
    ("path", "status", "text"),
    [("plain", 200, "só texto"), ("empty", 204, ""), ("away", 302, ""), ("fails", 500, ""), ("nothing", 500, "")],
)
async def test_an_answer_of_each_kind(tmp_path: Path, path: str, status: int, text: str) -> None:
    """A string is plain text; what a function raises, or no answer at all, is 500 without its message."""
    async with running(tmp_path, ANSWERS) as app:
        answer = await app.ask(f"/api/{path}")
    assert (answer.status, answer.text) == (status, text)


async def test_a_redirect_keeps_its_location(tmp_path: Path) -> None:
    """As the function wrote it."""
    async with running(tmp_path, ANSWERS) as app:
        assert (await app.ask("/api/away")).headers["Location"] == "https://example.com/a%20b"


async def test_an_output_that_cannot_be_written_is_500(tmp_path: Path) -> None:
    """The host writes before it answers, as in Azure: the function's good answer is not sent."""
    async with running(tmp_path, WRITES) as app:
        assert (await app.ask("/api/tell?say=hello")).status == 500
        assert any("! tell failed: " in line for line in app.said)


async def test_an_output_that_is_not_set_is_not_written(tmp_path: Path) -> None:
    """So unavailable storage does not matter."""
    async with running(tmp_path, WRITES) as app:
        assert (await app.ask("/api/tell")).text == "done"


async def test_sync_functions_run_beside_each_other(tmp_path: Path) -> None:
    """Each in a thread: two that wait for each other both end."""
    source = """
import threading
met = threading.Barrier(2, timeout=10)

@app.route("meet")
def meet(req: func.HttpRequest) -> str:
    met.wait()
    return "met"
"""
    async with running(tmp_path, source) as app:
        answers = await asyncio.gather(app.ask("/api/meet"), app.ask("/api/meet"))
    assert [answer.text for answer in answers] == ["met", "met"]


async def test_a_function_may_have_a_context(tmp_path: Path) -> None:
    """Its name, its folder, and a new id for each run."""
    source = """
@app.route("where")
def where(req: func.HttpRequest, context: func.Context) -> str:
    return json.dumps([context.function_name, context.function_directory, context.invocation_id])
"""
    async with running(tmp_path, source) as app:
        first, second = [json.loads((await app.ask("/api/where")).text) for _ in range(2)]
    assert first[:2] == ["where", str(tmp_path)]
    assert first[2] != second[2]


async def test_it_listens_on_loopback_only(tmp_path: Path) -> None:
    """No other address of this machine reaches it."""
    async with running(tmp_path, SHOW) as app:
        port = URL(app.url).port
        with socket.socket() as probe:
            probe.settimeout(1)
            assert probe.connect_ex(("127.0.0.2", port)) != 0
