"""What the local host changes in an app's answers, and what it leaves alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from local.softphone_page import amendments
from tests.functional.functions_host_app import running

POLICY = "Content-Security-Policy"
PAGE = """
@app.route("client/{file?}", methods=["GET", "POST"])
def page(req: func.HttpRequest) -> func.HttpResponse:
    if "missing" in req.params:
        return func.HttpResponse("<script>missing</script>", status_code=404, mimetype="text/html")
    return func.HttpResponse(
        "<title>é</title><script src='client/a.js'></script>",
        mimetype="text/html",
        headers={"Content-Security-Policy": "connect-src 'self' wss://voice-js.roaming.twilio.com; img-src 'self'"},
    )
"""
LOCAL = amendments("http://127.0.0.1:8072")


async def test_the_page_gets_the_script_and_the_policy(tmp_path: Path) -> None:
    """The SDK of the page then connects to the stand-in."""
    async with running(tmp_path, PAGE, amendments=LOCAL) as app:
        answer = await app.ask("/api/client")
        assert answer.text == (
            "<title>é</title><script src=\"client/local.js\"></script>\n<script src='client/a.js'></script>"
        )
        assert answer.headers[POLICY] == "connect-src 'self' ws://127.0.0.1:8072; img-src 'self'"
        script = await app.ask("/api/client/local.js")
        assert (script.status, "ws://127.0.0.1:8072/signal" in script.text) == (200, True)
        assert script.headers["Content-Type"].startswith("text/javascript")


@pytest.mark.parametrize(
    ("target", "method"), [("/api/client/other", "GET"), ("/api/client", "POST"), ("/api/client?missing=1", "GET")]
)
async def test_other_answers_stay_as_they_are(tmp_path: Path, target: str, method: str) -> None:
    """Another path, another method, another status."""
    async with running(tmp_path, PAGE, amendments=LOCAL) as app:
        assert "local.js" not in (await app.ask(target, method)).text


async def test_a_host_without_amendments_changes_nothing(tmp_path: Path) -> None:
    """The app answers for every path."""
    async with running(tmp_path, PAGE) as app:
        assert "local.js" not in (await app.ask("/api/client")).text
        assert "<title>" in (await app.ask("/api/client/local.js")).text
