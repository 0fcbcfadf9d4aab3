"""Twimlets through the worker: the name comes from the path, the answer is TwiML or a redirect."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest

from switchboard.services import Services
from switchboard.twimlets import TWIMLETS
from tests.fakes import FakeHoldMusic, FakeQueues
from tests.functions import FORM, INTERNAL, TWIMLET_PATH, sign
from tests.runtime.worker import Answer, Worker, http_request
from tests.twimlets import canonical


async def request_twimlet(
    worker: Worker, name: str, query: str = "", form: dict[str, str] | None = None, *, signed: bool = True
) -> Answer:
    """A POST with a form, or a GET without one, as Azure's front end forwards it."""
    target = f"{TWIMLET_PATH}{name}{'?' if query else ''}{query}"
    body = urlencode(form) if form is not None else ""
    headers = {"Content-Type": FORM} if form is not None else {}
    if signed:
        headers["X-Twilio-Signature"] = sign(target, body)
    method = "GET" if form is None else "POST"
    trigger = http_request(method, INTERNAL + target, headers, body.encode(), {"name": name})
    assert worker.behind(TWIMLET_PATH + name) == "twimlet"
    invocation = await worker.invoke("twimlet", trigger)
    assert invocation.ok, invocation.error
    assert invocation.outputs == {}
    assert invocation.answer is not None
    return invocation.answer


async def test_a_twimlet_is_answered_with_twiml(worker: Worker) -> None:
    """A GET whose query has brackets and percent signs."""
    answer = await request_twimlet(worker, "message", "Message[0]=http://x/a.mp3&Message%5b1%5D=Ol%C3%A1")
    assert (answer.status, answer.headers["content-type"].partition(";")[0]) == (200, "text/xml")
    expected = "<Response><Play>http://x/a.mp3</Play><Say>Olá</Say></Response>"
    assert canonical(answer.body.decode()) == canonical(expected)


async def test_a_redirect_reaches_the_host(worker: Worker) -> None:
    """302 with its Location."""
    answer = await request_twimlet(worker, "menu", "Options[1]=https%3A%2F%2Fexample.com%2F", {"Digits": "1"})
    assert (answer.status, answer.headers["location"], answer.body) == (302, "https://example.com/", b"")


async def test_an_empty_answer_has_no_body(worker: Worker) -> None:
    """200."""
    answer = await request_twimlet(worker, "echo", "", {})
    assert (answer.status, answer.body) == (200, b"")


async def test_a_voicemail_is_published_by_the_app_itself(worker: Worker, queues: FakeQueues) -> None:
    """Without an output binding, which could turn the answer into 500."""
    form = {"RecordingUrl": "https://api.example.com/RE1", "RecordingSid": "RE1"}
    answer = await request_twimlet(worker, "voicemail", "Transcribe=false&Email=a@example.com", form)
    assert answer.status == 200
    (event,) = [json.loads(body) for body in queues.bodies("events")]
    assert (event["id"], event["email"]) == ("voicemail.received:RE1", "a@example.com")


async def test_hold_music_is_played(worker: Worker, app_services: Services) -> None:
    """The sounds of the bucket."""
    app_services.hold_music = FakeHoldMusic({"my-bucket": ["a.mp3"]})
    answer = await request_twimlet(worker, "holdmusic", "Bucket=my-bucket")
    assert b"http://my-bucket.s3.amazonaws.com/a.mp3" in answer.body


@pytest.mark.parametrize("name", [*TWIMLETS, "unknown"])
async def test_an_unsigned_request_is_refused(worker: Worker, name: str, queues: FakeQueues) -> None:
    """403 for each Twimlet, and no event."""
    for form in (None, {"RecordingUrl": "https://x/", "Digits": "1"}):
        answer = await request_twimlet(worker, name, "Transcribe=false&FailUrl=https://example.com", form, signed=False)
        assert answer.status == 403
    assert queues.messages == []


async def test_an_unknown_twimlet_is_404(worker: Worker) -> None:
    """In text."""
    answer = await request_twimlet(worker, "unknown", "", {})
    assert (answer.status, answer.headers["content-type"].partition(";")[0]) == (404, "text/plain")


async def test_the_page_is_html_with_its_headers(worker: Worker) -> None:
    """As the host sends it to a browser."""
    assert worker.behind("/api/twimlets") == "twimlets_page"
    invocation = await worker.invoke("twimlets_page", http_request("GET", f"{INTERNAL}/api/twimlets", {}))
    assert invocation.ok, invocation.error
    assert invocation.answer is not None
    assert (invocation.answer.status, invocation.answer.headers["cache-control"]) == (200, "no-store")
    assert invocation.answer.headers["content-type"].partition(";")[0] == "text/html"
    assert b"Build a Twimlet" in invocation.answer.body
