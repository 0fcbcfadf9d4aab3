"""The Twimlets' route, called as the Functions host calls it: answers and events."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast
from urllib.parse import quote

import pytest

from switchboard.events import AnyEvent
from switchboard.prompts import english
from switchboard.publishing import EventPublisher
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


@pytest.fixture
def queues() -> FakeQueues:
    """Queue Storage."""
    return FakeQueues()


@pytest.fixture
def music() -> FakeHoldMusic:
    """Public buckets."""
    return FakeHoldMusic({"my-bucket": ["a.mp3"]})


@pytest.fixture(autouse=True)
def worker(queues: FakeQueues, music: FakeHoldMusic) -> Iterator[None]:
    """A worker on fakes."""
    with serving(FakeServices(queues=queues, hold_music=music)):
        yield


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_twimlet_answers_get_and_post(method: str) -> None:
    """A GET has no form, and its signature covers the URL."""
    target = "/api/twimlets/message?Message[0]=http://x/a.mp3&Message%5B1%5D=Hi%20there"
    answer = await twimlet(target, method=method)
    assert (answer.status, answer.mimetype) == (200, "text/xml")
    assert canonical(answer.text) == canonical("<Response><Play>http://x/a.mp3</Play><Say>Hi there</Say></Response>")


async def test_twilios_parameters_of_a_get_are_read() -> None:
    """A number that is configured for GET sends all of them in the query."""
    answer = await twimlet("/api/twimlets/menu?Options[1]=https://example.com/one&Digits=1", method="GET")
    assert (answer.status, answer.location) == (302, "https://example.com/one")


async def test_a_redirect_is_an_http_redirect() -> None:
    """302, so that it may lead to a sound file."""
    answer = await twimlet(
        "/api/twimlets/forward?Dial=true&FailUrl=https%3A%2F%2Fexample.com%2Fa.mp3", {"DialCallStatus": "busy"}
    )
    assert (answer.status, answer.location, answer.text) == (302, "https://example.com/a.mp3", "")


async def test_an_empty_answer_has_the_content_type_of_xml() -> None:
    """200 without a body."""
    answer = await twimlet("/api/twimlets/echo", {})
    assert (answer.status, answer.mimetype, answer.text) == (200, "text/xml", "")


async def test_an_echo_is_byte_for_byte() -> None:
    """UTF-8, unchanged."""
    document = '<?xml version="1.0" encoding="UTF-8"?>\n<Response >\r\n <Say>Olá 你好</Say></Response>'
    answer = await twimlet(f"/api/twimlets/echo?Twiml={quote(document)}", method="GET")
    assert answer.text == document


@pytest.mark.parametrize("name", ["voicemails", "Message", "page", ""])
async def test_an_unknown_twimlet_is_404_for_signed_requests_only(name: str) -> None:
    """With the list of names; an unsigned request gets 403."""
    signed = await twimlet(f"/api/twimlets/{name}", {})
    assert (signed.status, signed.mimetype) == (404, "text/plain")
    assert all(known in signed.text for known in TWIMLETS)
    unsigned = await twimlet(f"/api/twimlets/{name}", {}, signature="")
    assert unsigned.status == 403
    assert not any(known in unsigned.text.split() for known in TWIMLETS)


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("name", TWIMLETS)
async def test_defect_6_an_unsigned_request_is_refused(
    name: str, method: str, queues: FakeQueues, music: FakeHoldMusic
) -> None:
    """Each of the eleven: 403, no request, no event, no redirect."""
    query = "FailUrl=https://example.com&Bucket=my-bucket&Twiml=<Response/>&Transcribe=false&RecordingUrl=https://x/"
    for signature in ("", "garbage"):
        answer = await twimlet(f"/api/twimlets/{name}?{query}", {}, method=method, signature=signature)
        assert (answer.status, answer.location) == (403, "")
        assert "<Response" not in answer.text
    assert (queues.messages, music.requested) == ([], [])


async def test_hold_music_lists_its_bucket() -> None:
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
async def test_defect_6_a_signed_parameter_is_checked(
    target: str, music: FakeHoldMusic, caplog: pytest.LogCaptureFixture
) -> None:
    """The caller hears TwiML, there is no redirect and no request, and the log has the parameter's name only."""
    answer = await twimlet(f"/api/twimlets/{target}", {})
    assert (answer.status, answer.location, said(answer.text)) == (200, "", REFUSED[target])
    assert music.requested == []
    (line,) = [
        record.getMessage() for record in caplog.records if "event=twimlet_parameter_refused" in record.getMessage()
    ]
    assert f"twimlet={target.partition('?')[0]} problem=" in line
    assert not any(word in line for word in ("javascript", "169.254", "passwd", "DOCTYPE"))


class FailingPublisher:
    """A publisher whose use fails the test."""

    async def publish(self, event: AnyEvent) -> None:
        """Fails the request."""
        raise AssertionError(event.id)


@pytest.mark.parametrize("name", TWIMLETS)
@pytest.mark.parametrize("form", [{}, RECORDED, {**RECORDED, "TranscriptionStatus": "completed"}])
async def test_no_twimlet_uses_storage(name: str, form: dict[str, str], queues: FakeQueues) -> None:
    """A caller on the line hears TwiML whatever else fails."""
    broken = FakeServices(queues=FakeQueues(OSError("away")))
    with serving(broken):
        broken.events = cast("EventPublisher", FailingPublisher())
        answer = await twimlet(f"/api/twimlets/{name}?Email=a@example.com&Transcribe=false", form)
    assert answer.status in (200, 302, 307)
    assert queues.messages == []


async def test_a_transcription_posted_to_the_twimlet_is_redirected_as_a_post() -> None:
    """307 to the recording's callback: a Record elsewhere may name the Twimlet, as it does at twimlets.com."""
    form = {**RECORDED, "TranscriptionStatus": "completed", "TranscriptionText": "Call me."}
    answer = await twimlet(VOICEMAIL, form)
    assert (answer.status, answer.text) == (307, "")
    assert answer.location.startswith("../status/recording?kind=voicemail&Email=a%2Bb%40example.com")


async def test_an_error_is_answered_with_an_apology() -> None:
    """In the language of the settings."""

    class Broken(FakeHoldMusic):
        async def keys(self, bucket: str) -> list[str]:
            raise RuntimeError("a library failed")

    with serving(FakeServices(hold_music=Broken())):
        answer = await twimlet("/api/twimlets/holdmusic?Bucket=my-bucket", {})
    assert (answer.status, said(answer.text)) == (200, [english().failure])
