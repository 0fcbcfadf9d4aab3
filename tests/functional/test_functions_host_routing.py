"""Which function a request reaches on the local host: by route prefix, template and method, as in Azure."""

import re
from pathlib import Path

import pytest

from local.functions_host import HostError
from tests.functional.functions_host_app import KEY, no_storage, running

ECHO = """
def echo(name, req):
    return func.HttpResponse(name + json.dumps(dict(req.route_params)))

@app.route("items/latest", methods=["GET"])
def latest(req: func.HttpRequest) -> func.HttpResponse:
    return echo("latest", req)

@app.route("items/{id:int}", methods=["GET"])
def by_id(req: func.HttpRequest) -> func.HttpResponse:
    return echo("by_id", req)

@app.route("items/{name}", methods=["GET", "POST"])
def by_name(req: func.HttpRequest) -> func.HttpResponse:
    return echo("by_name", req)

@app.route("pages/{page?}")
def page(req: func.HttpRequest) -> func.HttpResponse:
    return echo("page", req)

@app.route("files/{*path}")
def file(req: func.HttpRequest) -> func.HttpResponse:
    return echo("file", req)

@app.route()
def by_its_name(req: func.HttpRequest) -> func.HttpResponse:
    return echo("by_its_name", req)
"""


PAGES = """
@app.route("health", methods=["GET"])
def health(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse("ok")

@app.route("twimlets", methods=["GET"], auth_level=func.AuthLevel.FUNCTION)
def twimlets(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse("page")
"""


@pytest.mark.parametrize(
    ("target", "reached"),
    [
        ("/api/items/latest", "latest{}"),
        ("/api/items/latest/", "latest{}"),
        ("/API/Items/LATEST", "latest{}"),
        ("/api/items/latest?x=/api/pages", "latest{}"),
        ("/api/items/7", 'by_id{"id": "7"}'),
        ("/api/items/a%20b%2Fc", 'by_name{"name": "a b/c"}'),
        ("/api/pages", "page{}"),
        ("/api/pages/2", 'page{"page": "2"}'),
        ("/api/files/a/b.txt", 'file{"path": "a/b.txt"}'),
        ("/api/by_its_name", "by_its_name{}"),
    ],
)
async def test_a_path_reaches_its_function(tmp_path: Path, target: str, reached: str) -> None:
    """Words come before parameters, and parameters are decoded."""
    async with running(tmp_path, ECHO) as app:
        answer = await app.ask(target)
    assert (answer.status, answer.text) == (200, reached)


@pytest.mark.parametrize("target", ["/api", "/api/items", "/api/items/a/b", "/items/latest", "/api/unknown"])
async def test_a_path_of_no_function_is_not_found(tmp_path: Path, target: str) -> None:
    """404, as in Azure, with a line that says where to look."""
    async with running(tmp_path, ECHO) as app:
        answer = await app.ask(target)
    assert answer.status == 404
    assert answer.text.startswith("No function has this route and method. GET / lists the pages")


async def test_the_root_links_what_a_browser_can_open(tmp_path: Path) -> None:
    """The pages that the app has, and the phone; no key, because a tunnel shows the page to anybody."""
    settings = {**no_storage(), "TWILIO_API_BASE_URL": "http://127.0.0.1:7072"}
    async with running(tmp_path, PAGES, environ=settings) as app:
        answer = await app.ask("/")
    assert re.findall('href="(.*?)"', answer.text) == [
        "data:,",
        "http://127.0.0.1:7072/",
        "http://127.0.0.1:7072/twimlets",
        "/api/health",
    ]
    assert KEY not in answer.text


@pytest.mark.parametrize("method", ["POST", "HEAD", "DELETE", "OPTIONS"])
async def test_another_method_is_not_found(tmp_path: Path, method: str) -> None:
    """Azure's host answers 404, never 405; HEAD is a method of its own."""
    async with running(tmp_path, ECHO) as app:
        assert (await app.ask("/api/items/latest", method)).status == (404 if method != "POST" else 200)
        assert (await app.ask("/api/items/7", method)).status == (404 if method != "POST" else 200)


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_a_route_without_methods_takes_all(tmp_path: Path, method: str) -> None:
    """HEAD is answered as GET, without its body."""
    async with running(tmp_path, ECHO) as app:
        answer = await app.ask("/api/pages", method)
    assert (answer.status, answer.text) == (200, "" if method == "HEAD" else "page{}")


@pytest.mark.parametrize(("prefix", "target"), [("", "/items/latest"), ("v1/x", "/v1/x/items/latest")])
async def test_the_prefix_comes_from_host_json(tmp_path: Path, prefix: str, target: str) -> None:
    """And `api` is nothing special then."""
    host_json = {"extensions": {"http": {"routePrefix": prefix}}}
    async with running(tmp_path, ECHO, host_json=host_json) as app:
        assert (await app.ask(target)).text == "latest{}"
        assert (await app.ask("/api/items/latest")).status == 404


@pytest.mark.parametrize("template", ["a/{b}c", "a/{b:guid}", "a/{b=1}"])
async def test_an_unsupported_template_stops_the_host(tmp_path: Path, template: str) -> None:
    """It names the function."""
    source = f'@app.route("{template}")\ndef odd(req: func.HttpRequest) -> func.HttpResponse: ...\n'
    with pytest.raises(HostError, match="odd: the local host"):
        async with running(tmp_path, source):
            pass
