"""A recorded session: the contents of the file, and the replay of its webhooks."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from local.ports import free_port
from local.replay import replay
from local.twilio.session import SessionError
from tests.functional.twilio_standin_app import (
    ACCOUNT,
    PHONE,
    TOKEN,
    App,
    answer_steps,
    place_call,
    running,
    running_app,
    send_text,
    session_with_key,
    twiml,
)

ROOT = Path(__file__).parents[2]
EXAMPLE: dict[str, str] = json.loads((ROOT / "local.settings.example.json").read_text())["Values"]
TEXTS = "/api/sms/incoming"


async def record(path: Path) -> None:
    """Save a session of a call with a key, and a text."""
    async with running() as (app, standin):
        answer_steps(app, incoming='<Gather numDigits="1" action="menu?tries=1"/>', menu="<Hangup/>")
        app.answers[TEXTS] = twiml("<Message>Hi</Message>")
        await place_call(standin, press=["1"])
        await send_text(standin, "hello")
        async with session_with_key(standin) as session, session.get(f"{standin.url}/standin/session") as response:
            assert "attachment" in response.headers["Content-Disposition"]
            await asyncio.to_thread(path.write_text, await response.text())


def as_then(app: App) -> None:
    """Answer as when the session was recorded."""
    answer_steps(app, incoming='<Gather numDigits="1" action="menu?tries=1"/>', menu="<Hangup/>")
    app.answers[TEXTS] = twiml("<Message>Hi</Message>")


async def test_a_saved_session_contains_the_wire_without_signatures(tmp_path: Path) -> None:
    """Every request with its parameters and answer."""
    await record(tmp_path / "session.json")
    saved = json.loads((tmp_path / "session.json").read_text())
    assert [entry["path"] for entry in saved["entries"]] == [
        "/api/voice/incoming",
        "/api/voice/menu?tries=1",
        "/api/status/call",
        "/api/sms/incoming",
    ]
    assert saved["entries"][0]["parameters"]["From"] == PHONE
    assert "signature" not in saved["entries"][0]


async def test_its_webhooks_are_sent_again_with_new_signatures(tmp_path: Path) -> None:
    """In order, with their parameters; an app with the same answers has no differences."""
    await record(tmp_path / "session.json")
    said: list[str] = []
    async with running_app() as app:
        as_then(app)
        assert await replay(tmp_path / "session.json", app.url, TOKEN, said.append) == 0
        assert [request.path for request in app.requests][:2] == ["/api/voice/incoming", "/api/voice/menu?tries=1"]
        assert all(request.signed for request in app.requests)
        assert app.to("/api/voice/menu")[0].fields["Digits"] == "1"
    assert said[-1] == "4 webhooks sent again, 0 answered differently"


async def test_an_answer_that_changed_is_shown(tmp_path: Path) -> None:
    """Both documents, line by line, and counted."""
    await record(tmp_path / "session.json")
    said: list[str] = []
    async with running_app() as app:
        as_then(app)
        app.answers[TEXTS] = twiml("<Message>Bye</Message>")
        assert await replay(tmp_path / "session.json", app.url, TOKEN, said.append) == 1
    assert "    -   <Message>Hi</Message>" in said
    assert "    +   <Message>Bye</Message>" in said


async def test_it_is_signed_for_the_public_origin(tmp_path: Path) -> None:
    """For an app whose public origin is not its local address."""
    await record(tmp_path / "session.json")
    async with running_app() as app:
        as_then(app)
        app.public_url = "https://voice.example.com"
        path = tmp_path / "session.json"
        assert await replay(path, app.url, TOKEN, lambda _: None, public_url=app.public_url) == 0
        assert all(request.signed for request in app.requests)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "not JSON"),
        ("{}", '"switchboard_session": 1 is missing'),
        ('{"switchboard_session": 1, "entries": 7}', "entries: a list of objects is wanted"),
        ('{"switchboard_session": 1, "entries": []}', "nothing to send again"),
        (
            '{"switchboard_session": 1, "entries": [{"direction": "webhook", "n": 4}]}',
            "entry 4: path and parameters are wanted",
        ),
    ],
)
async def test_a_file_that_is_no_session_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    """With the reason."""
    (tmp_path / "session.json").write_text(text)
    with pytest.raises(SessionError, match=reason):
        await replay(tmp_path / "session.json", "http://127.0.0.1:9", TOKEN, lambda _: None)


async def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """A sentence, not a traceback."""
    with pytest.raises(SessionError, match=r"absent\.json: cannot be read"):
        await replay(tmp_path / "absent.json", "http://127.0.0.1:9", TOKEN, lambda _: None)


async def test_an_app_that_is_not_there_is_named(tmp_path: Path) -> None:
    """With how to start it."""
    await record(tmp_path / "session.json")
    url = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(SessionError, match=f"not running at {url}: start it"):
        await replay(tmp_path / "session.json", url, TOKEN, lambda _: None)


async def test_the_exit_code_shows_whether_any_answer_differs(tmp_path: Path) -> None:
    """0 without differences, 1 with any; each webhook is a line of output."""
    await record(tmp_path / "session.json")
    async with running_app() as app:
        as_then(app)
        same = await asyncio.to_thread(typed, tmp_path / "session.json", app.url)
        assert same.returncode == 0, same.stderr
        assert len(same.stdout.splitlines()) == 5
        assert all(request.signed for request in app.requests)
        app.answers[TEXTS] = twiml("<Message>Bye</Message>")
        assert (await asyncio.to_thread(typed, tmp_path / "session.json", app.url)).returncode == 1


def typed(path: Path, app_url: str) -> subprocess.CompletedProcess[str]:
    """Run the command for the app at that address."""
    environ = {"TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": TOKEN, "PUBLIC_BASE_URL": app_url}
    return subprocess.run(
        [sys.executable, "-m", "local", "replay", str(path), "--port", app_url.rpartition(":")[2]],
        cwd=ROOT,
        env={**os.environ, **EXAMPLE, **environ},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
