"""The Twimlets' one route, called as the Functions host calls it: what Twilio is answered, and what is told."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from switchboard.errors import StorageUnavailable
from switchboard.prompts import english
from switchboard.twimlets import TWIMLETS
from tests.fakes import FakeHoldMusic, FakeQueues, FakeServices
from tests.functions import serving, twimlet
from tests.twimlets import canonical
from tests.voice_calls import said

VOICEMAIL = "/api/twimlets/voicemail?Transcribe=false&Email=a%2Bb%40example.com"
RECORDED = {
    "CallSid": "CA" + "1" * 32,
    "From": "+15005550010",
    "RecordingSid": "RE" + "1" * 32,
    "RecordingUrl": "https://api.example.com/RE1",
}
THANKS = canonical("<Response><Say>Thanks.  Good bye.</Say><Hangup/></Response>")


@pytest.fixture
def outbox() -> FakeQueues:
    """Queue Storage."""
    return FakeQueues()


@pytest.fixture
def music() -> FakeHoldMusic:
    """Public buckets."""
    return FakeHoldMusic({"my-bucket": ["a.mp3"]})


@pytest.fixture(autouse=True)
def worker(outbox: FakeQueues, music: FakeHoldMusic) -> Iterator[None]:
    """A worker whose edges are fakes."""
    with serving(FakeServices(queues=outbox, hold_music=music)):
        yield


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_twimlet_answers_get_and_post(method: str) -> None:
    """By GET there is no form, and the signature covers the URL alone."""
    target = "/api/twimlets/message?Message[0]=http://x/a.mp3&Message%5B1%5D=Hi%20there"
    answer = await twimlet(target, method=method)
    assert (answer.status, answer.mimetype) == (200, "text/xml")
    assert canonical(answer.text) == canonical("<Response><Play>http://x/a.mp3</Play><Say>Hi there</Say></Response>")


async def test_what_twilio_adds_to_a_get_is_read() -> None:
    """A number that is set to GET sends all in the query."""
    answer = await twimlet("/api/twimlets/menu?Options[1]=https://example.com/one&Digits=1", method="GET")
    assert (answer.status, answer.location) == (302, "https://example.com/one")


async def test_a_redirect_is_one_of_http() -> None:
    """302, so that a sound file may be its end."""
    answer = await twimlet(
        "/api/twimlets/forward?Dial=true&FailUrl=https%3A%2F%2Fexample.com%2Fa.mp3", {"DialCallStatus": "busy"}
    )
    assert (answer.status, answer.location, answer.text) == (302, "https://example.com/a.mp3", "")


async def test_an_empty_answer_is_xml_all_the_same() -> None:
    """200 without a body."""
    answer = await twimlet("/api/twimlets/echo", {})
    assert (answer.status, answer.mimetype, answer.text) == (200, "text/xml", "")


async def test_an_echo_is_byte_for_byte() -> None:
    """UTF-8, as it came."""
    document = '<?xml version="1.0" encoding="UTF-8"?>\n<Response >\r\n <Say>Olá 你好</Say></Response>'
    answer = await twimlet(f"/api/twimlets/echo?Twiml={quote(document)}", method="GET")
    assert answer.text == document


@pytest.mark.parametrize("name", ["voicemails", "Message", "page", ""])
async def test_an_unknown_twimlet_is_told_to_twilio_alone(name: str) -> None:
    """404 with the names there are; a stranger gets 403, and learns nothing."""
    signed = await twimlet(f"/api/twimlets/{name}", {})
    assert (signed.status, signed.mimetype) == (404, "text/plain")
    assert all(known in signed.text for known in TWIMLETS)
    stranger = await twimlet(f"/api/twimlets/{name}", {}, signature="")
    assert stranger.status == 403
    assert not any(known in stranger.text.split() for known in TWIMLETS)


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("name", TWIMLETS)
async def test_defect_6_nobody_but_twilio_is_answered(
    name: str, method: str, outbox: FakeQueues, music: FakeHoldMusic
) -> None:
    """Eleven of eleven: 403, nothing fetched, nothing told, nobody sent anywhere."""
    query = "FailUrl=https://example.com&Bucket=my-bucket&Twiml=<Response/>&Transcribe=false&RecordingUrl=https://x/"
    for signature in ("", "garbage"):
        answer = await twimlet(f"/api/twimlets/{name}?{query}", {}, method=method, signature=signature)
        assert (answer.status, answer.location) == (403, "")
        assert "<Response" not in answer.text
    assert (outbox.messages, music.asked) == ([], [])


async def test_hold_music_is_looked_up() -> None:
    """By the bucket's name."""
    answer = await twimlet("/api/twimlets/holdmusic?Bucket=my-bucket", method="GET")
    assert canonical(answer.text) == canonical(
        "<Response><Play>http://my-bucket.s3.amazonaws.com/a.mp3</Play><Redirect/></Response>"
    )


REFUSED = {
    "holdmusic?Bucket=169.254.169.254/?": ["Failed to fetch the hold music."],
    "holdmusic?Bucket=169.254.169.254%2F%3F": ["Failed to fetch the hold music."],
    "forward?Dial=true&FailUrl=javascript:alert(1)": [],
    "callme?FailUrl=javascript:alert(1)": [],
    "findme?Dial=true&FailUrl=file:///etc/passwd": [],
    "menu?Options[1]=javascript:alert(1)&Digits=1": ["I'm sorry, that wasn't a valid option."],
    "echo?Twiml=" + quote("<!DOCTYPE r [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><Response>&e;</Response>"): [
        english().failure
    ],
}


@pytest.mark.parametrize("target", REFUSED)
async def test_defect_6_a_signed_request_is_not_trusted_blindly(
    target: str, music: FakeHoldMusic, caplog: pytest.LogCaptureFixture
) -> None:
    """The caller hears TwiML, nobody is redirected, nothing is fetched, and the log names the parameter alone."""
    answer = await twimlet(f"/api/twimlets/{target}", {})
    assert (answer.status, answer.location, said(answer.text)) == (200, "", REFUSED[target])
    assert music.asked == []
    (line,) = [
        record.getMessage() for record in caplog.records if "event=twimlet_parameter_refused" in record.getMessage()
    ]
    assert f"twimlet={target.partition('?')[0]} problem=" in line
    assert not any(word in line for word in ("javascript", "169.254", "passwd", "DOCTYPE"))


async def test_a_voicemail_is_told_on_events(outbox: FakeQueues) -> None:
    """Once, before the caller is thanked."""
    answer = await twimlet(VOICEMAIL, RECORDED)
    assert canonical(answer.text) == THANKS
    (event,) = [json.loads(body) for body in outbox.bodies("events")]
    assert (event["kind"], event["email"], event["sid"]) == (
        "voicemail.received",
        "a+b@example.com",
        RECORDED["RecordingSid"],
    )


class Hanging(FakeQueues):
    """A queue that never answers."""

    async def put(self, queue: str, body: str, *, time_to_live: int | None = None, delay: float = 0) -> None:
        """Wait for ever."""
        await asyncio.Event().wait()


@pytest.mark.parametrize(
    "outbox", [FakeQueues(StorageUnavailable("away")), FakeQueues(OSError("+15005550010")), Hanging()]
)
@pytest.mark.parametrize("recording", [RECORDED["RecordingSid"], "+15005550010"])
async def test_a_caller_is_thanked_whatever_storage_does(
    outbox: FakeQueues, recording: str, caplog: pytest.LogCaptureFixture
) -> None:
    """It fails or never answers: a line says which recording, and no number."""
    with serving(FakeServices(queues=outbox)):
        answer = await twimlet(VOICEMAIL, {**RECORDED, "RecordingSid": recording})
    assert (answer.status, canonical(answer.text)) == (200, THANKS)
    (line,) = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    shown = recording if recording.startswith("RE") else "unknown"
    assert line.startswith(f"event=voicemail_event_failed recording={shown} error=")
    assert "5005550010" not in line


async def test_a_failure_of_ours_is_apologised_for() -> None:
    """Whatever goes wrong inside, in the language of the settings."""

    class Broken(FakeHoldMusic):
        async def keys(self, bucket: str) -> list[str]:
            raise RuntimeError("a library failed")

    with serving(FakeServices(hold_music=Broken())):
        answer = await twimlet("/api/twimlets/holdmusic?Bucket=my-bucket", {})
    assert (answer.status, said(answer.text)) == (200, [english().failure])
