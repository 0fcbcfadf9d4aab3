"""Each Twimlet on the running stack, requested as Twilio does: signed, over HTTP.

Of hold music only the two refusals are here, because a success requests S3: the adapter's tests use a double of S3.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import quote, urldefrag, urlencode, urljoin
from xml.etree import ElementTree

import pytest
from azure.storage.queue import QueueClient
from twilio.request_validator import RequestValidator

from switchboard.prompts import english
from switchboard.twimlets import TWIMLETS
from tests import published
from tests.functional.functions_host_app import Answer, App, eventually
from tests.functions import FORM, TWIMLET_PATH, parse_form
from tests.integration.stack import EXAMPLE, ROOT, Stack, running
from tests.integration.twimlet_answers import ANSWERS, FAIL, FAIL_URL, HANGUP, INVALID, NO_MUSIC, THANKS, Row, ring
from tests.twimlets import canonical

PAGE = "/api/twimlets"
TOKEN = EXAMPLE["TWILIO_AUTH_TOKEN"]
METHODS = pytest.mark.parametrize("method", ["GET", "POST"])


@dataclass(frozen=True)
class Caller:
    """Sends requests to the stack as Twilio does, or with another token or none."""

    stack: Stack

    async def ask(self, method: str, target: str, form: str = "", *, token: str = TOKEN) -> Answer:
        """A request to a path and query, byte for byte. With GET, the fields of a POST's form are in the query."""
        if method == "GET" and form:
            target, form = f"{target}{'&' if '?' in target else '?'}{form}", ""
        headers = {"Content-Type": FORM} if method == "POST" else {}
        if token:
            signature = RequestValidator(token).compute_signature(self._origin + target, parse_form(form))
            headers["X-Twilio-Signature"] = signature
        return await self.app.ask(target, method, body=form.encode(), headers=headers)

    async def place_call(self, caller: str) -> str:
        """Call the number and hang up: the call's SID."""
        body = json.dumps({"from": caller, "press": ["hangup"]}).encode()
        standin = App(ROOT, self.stack.ports.standin_url)
        headers = {"Content-Type": "application/json", "x-functions-key": self.stack.key}
        answer = await standin.ask("/standin/calls", "POST", body=body, headers=headers)
        assert answer.status == 200, answer.text
        return self.stack.listed("calls")[0]["sid"]

    @property
    def app(self) -> App:
        """The app, for unsigned requests."""
        return App(ROOT, self._origin)

    @property
    def _origin(self) -> str:
        return self.stack.ports.app_url

    def events(self, recording: str) -> list[dict[str, object]]:
        """The events of a recording; they stay on the queue."""
        with QueueClient.from_connection_string(self.stack.storage, "events") as queue:
            read = [published.read(message.content) for message in queue.peek_messages(max_messages=32)]
        return [event for event in read if event.get("sid") == recording]


@pytest.fixture(scope="module")
def twilio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caller]:
    """A running stack, and its caller."""
    with running(tmp_path_factory.mktemp("storage"), DEMO="0") as stack:
        yield Caller(stack)


def test_the_table_has_every_twimlet() -> None:
    """All eleven."""
    assert {row.target.partition("?")[0] for row in ANSWERS} == set(TWIMLETS)
    assert len(TWIMLETS) == 11


@METHODS
@pytest.mark.parametrize("row", ANSWERS, ids=lambda row: f"{row.target} {row.form}".strip())
async def test_an_answer_is_the_originals(twilio: Caller, row: Row, method: str) -> None:
    """As canonical XML with URLs reduced to path and keys; or the same redirect; or as empty."""
    answer = await twilio.ask(method, TWIMLET_PATH + row.target, row.form)
    if row.location:
        assert (answer.status, answer.headers["Location"], answer.text) == (302, row.location, "")
        return
    assert (answer.status, answer.headers["Content-Type"].partition(";")[0]) == (200, "text/xml")
    assert (canonical(answer.text) if answer.text else "") == (canonical(row.document) if row.document else "")


@METHODS
async def test_an_echo_is_byte_for_byte(twilio: Caller, method: str) -> None:
    """With white space, comments and an XML declaration."""
    twiml = '<?xml version="1.0" encoding="UTF-8"?>\n<Response >\r\n\t<Say>Olá &amp; 你好</Say><!-- x --></Response>\n'
    answer = await twilio.ask(method, f"{TWIMLET_PATH}echo?Twiml={quote(twiml)}")
    assert answer.text == twiml


def url_in(document: str, element: str, name: str) -> str:
    """The URL in an attribute, unchanged."""
    found = ElementTree.fromstring(document).find(element)  # noqa: S314 - our own document
    assert found is not None
    return found.attrib[name]


async def test_the_urls_in_an_answer_work(twilio: Caller) -> None:
    """Followed as Twilio does: findme rings one number after another, each with its whisper, and ends at FailUrl."""
    target = f"{TWIMLET_PATH}findme?PhoneNumbers[]=1&PhoneNumbers[]=2&Message=Ol%C3%A1+%26+x&Timeout=7&{FAIL}"
    answer = await twilio.ask("POST", target)
    for number, others in (("1", 1), ("2", 0)):
        assert canonical(answer.text) == canonical(ring(number, others, timeout=7))
        whispered = await twilio.ask("POST", urljoin(target, url_in(answer.text, "Dial/Number", "url")))
        assert canonical(whispered.text) == canonical(
            '<Response><Gather numDigits="1"><Say>Olá &amp; x</Say></Gather><Hangup/></Response>'
        )
        target = urljoin(target, url_in(answer.text, "Dial", "action"))
        answer = await twilio.ask("POST", target, "DialCallStatus=no-answer")
    assert (answer.status, answer.headers["Location"]) == (302, FAIL_URL)


VOICEMAIL = "voicemail?Email=a%2Bb%40example.com"
RECORDED = {"RecordingUrl": "https://api.example.com/x", "RecordingDuration": "12"}


async def test_a_voicemail_is_published_before_its_callback_is_answered(twilio: Caller) -> None:
    """With its recipient, plus sign included; the caller is fetched from Twilio, because the callback lacks it."""
    call = await twilio.place_call("+15005550006")
    target = TWIMLET_PATH + VOICEMAIL
    answer = await twilio.ask("POST", target)
    callback = urldefrag(urljoin(target, url_in(answer.text, "Record", "recordingStatusCallback"))).url
    form = RECORDED | {"CallSid": call, "RecordingSid": "RE-thanked", "RecordingStatus": "completed"}
    thanked = await twilio.ask("POST", target, urlencode(form))
    assert canonical(thanked.text) == canonical(THANKS)
    assert twilio.events("RE-thanked") == []
    assert (await twilio.ask("POST", callback, urlencode(form))).status == 204
    (event,) = twilio.events("RE-thanked")
    assert (event["type"], event["email"], event["from"]) == (
        "switchboard.voicemail.received",
        "a+b@example.com",
        "+15005550006",
    )
    assert (event["url"], event["duration"]) == (RECORDED["RecordingUrl"], 12)


async def test_a_voicemail_of_an_unknown_call_is_published_without_parties(twilio: Caller) -> None:
    """The stand-in answers 404 as Twilio does."""
    form = RECORDED | {"CallSid": "CA" + "f" * 32, "RecordingSid": "RE-unknown", "RecordingStatus": "completed"}
    answer = await twilio.ask("POST", "/api/status/recording?kind=voicemail", urlencode(form))
    assert answer.status == 204
    (event,) = twilio.events("RE-unknown")
    assert "from" not in event


@pytest.mark.parametrize(("state", "text"), [("completed", "Call me."), ("failed", None)])
async def test_a_transcription_is_published_before_its_callback_is_answered(
    twilio: Caller, state: str, text: str | None
) -> None:
    """With its text, or without one when that failed; by the callback, or by the Twimlet, which redirects to it."""
    target = TWIMLET_PATH + VOICEMAIL
    form = RECORDED | {"CallSid": "CA1", "From": "+19165550123", "RecordingSid": f"RE-{state}"}
    transcribed = form | {"TranscriptionStatus": state} | ({"TranscriptionText": text} if text else {})
    redirected = await twilio.ask("POST", target, urlencode(transcribed))
    assert (redirected.status, redirected.text) == (307, "")
    callback = urldefrag(urljoin(target, redirected.headers["Location"])).url
    assert (await twilio.ask("POST", callback, urlencode(transcribed))).status == 204
    (event,) = twilio.events(form["RecordingSid"])
    assert (event["type"], event["email"]) == ("switchboard.voicemail.transcribed", "a+b@example.com")
    assert (event["state"], event.get("transcription")) == (state, text)


@METHODS
@pytest.mark.parametrize("token", ["", "another-token"], ids=["unsigned", "signed-by-another"])
@pytest.mark.parametrize("name", TWIMLETS)
async def test_an_unsigned_request_is_refused(twilio: Caller, name: str, token: str, method: str) -> None:
    """Each of the eleven: 403 in one line, no redirect, no event."""
    target = f"{TWIMLET_PATH}{name}?Dial=true&{FAIL}&Options[1]=https://example.com/&Twiml=%3CResponse/%3E"
    form = "Digits=1&DialCallStatus=busy&RecordingUrl=https://x/&RecordingSid=RE-unsigned&TranscriptionStatus=failed"
    answer = await twilio.ask(method, target, form, token=token)
    assert (answer.status, "Location" in answer.headers) == (403, False)
    assert answer.text.startswith("Not a webhook of Twilio's")
    if name == "voicemail":
        assert twilio.events("RE-unsigned") == []


@asynccontextmanager
async def listener() -> AsyncIterator[tuple[int, list[object]]]:
    """A port on this machine, and the connections to it."""
    connections: list[object] = []

    async def hear(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(writer.get_extra_info("peername"))
        writer.close()

    async with await asyncio.start_server(hear, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1], connections


ENTITY = "<!DOCTYPE r [<!ENTITY e SYSTEM 'http://localhost:PORT/passwd'>]><Response><Say>&e;</Say></Response>"
INNER = "<!DOCTYPE r [<!ENTITY e 'passwd'>]><Response><Say>&e;</Say></Response>"
APOLOGY = f"<Response><Say>{english().failure}</Say><Hangup/></Response>"
SCRIPT = "FailUrl=javascript:alert(1)"
BUSY = "DialCallStatus=busy"
# In place of PORT stands the one that is listened at.
REFUSED = {
    "Bucket": (
        Row("holdmusic?Bucket=169.254.169.254/?", document=NO_MUSIC),
        Row("holdmusic?Bucket=localhost:PORT/?", document=NO_MUSIC),
    ),
    "FailUrl": (
        *(Row(f"{name}?Dial=true&{SCRIPT}", BUSY, HANGUP) for name in ("forward", "callme", "simulring", "findme")),
        *(Row(f"{name}?{SCRIPT}", document=HANGUP) for name in ("forward", "callme", "simulring", "findme")),
    ),
    "Options": (
        Row(
            "menu?Options[1]=javascript:alert(1)",
            "Digits=1",
            f'<Response>{INVALID}<Gather numDigits="1"/><Redirect/></Response>',
        ),
    ),
    "Twiml": (
        Row(f"echo?Twiml={quote(ENTITY)}", document=APOLOGY),
        Row(f"echo?Twiml={quote(INNER)}", document=APOLOGY),
    ),
}


@METHODS
@pytest.mark.parametrize(
    ("parameter", "row"),
    [(parameter, row) for parameter, rows in REFUSED.items() for row in rows],
    ids=lambda each: each.target.partition("&")[0][:40] if isinstance(each, Row) else each,
)
async def test_a_signed_parameter_may_be_refused(twilio: Caller, parameter: str, row: Row, method: str) -> None:
    """The caller hears TwiML, there is no redirect and no request; the log has the parameter's name only."""
    before = len(twilio.stack.lines)
    async with listener() as (port, connections):
        answer = await twilio.ask(method, TWIMLET_PATH + row.target.replace("PORT", str(port)), row.form)
    assert (answer.status, "Location" in answer.headers) == (200, False)
    assert canonical(answer.text) == canonical(row.document)
    assert connections == []
    noted = f"twimlet={row.target.partition('?')[0]} problem={parameter}: "
    await eventually(lambda: any(noted in line for line in twilio.stack.lines[before:]))
    output = "\n".join(twilio.stack.lines[before:])
    assert not [word for word in ("169.254", "javascript", "DOCTYPE", "passwd") if word in output]


@pytest.mark.parametrize("query", ["", "?code=", "?code=wrong"])
async def test_the_page_needs_a_function_key(twilio: Caller, query: str) -> None:
    """401 with a wrong one or none."""
    assert (await twilio.app.ask(PAGE + query)).status == 401


async def test_the_page_offers_every_twimlet(twilio: Caller) -> None:
    """With the key of this run."""
    page = await twilio.app.ask(f"{PAGE}?code={twilio.stack.key}")
    assert (page.status, page.headers["Content-Type"].partition(";")[0]) == (200, "text/html")
    assert [name for name in TWIMLETS if f'"{name}"' not in page.text] == []
