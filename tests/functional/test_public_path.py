"""Behind a gateway with a path: what Twilio signs, and every URL that Twilio gets."""

import json
from collections.abc import Iterator
from typing import cast
from urllib.parse import urlencode, urljoin
from xml.etree import ElementTree

import pytest
from twilio.request_validator import RequestValidator

from switchboard.twimlets import TWIMLETS
from tests.fakes import ENVIRONMENT, TOKEN, FakeServices, FakeTwilioClient
from tests.functions import VOICE_ROUTES, WEBHOOKS, Answer, answer_to, deliver, serving, webhook
from tests.voice_calls import CALLER

GATEWAY = "https://apim.example.com/twilio"
FORM = {
    "CallSid": "CA1",
    "CallStatus": "completed",
    "MessageSid": "SM1",
    "MessageStatus": "sent",
    "RecordingSid": "RE1",
    "RecordingStatus": "completed",
    "From": CALLER,
    "To": "+15005550001",
    "Digits": "3",
}
OF_URLS = ("action", "url", "waitUrl", "recordingStatusCallback", "transcribeCallback")


@pytest.fixture(autouse=True)
def worker() -> Iterator[FakeServices]:
    """A worker whose public URL has a path."""
    current = FakeServices({**ENVIRONMENT, "PUBLIC_BASE_URL": GATEWAY + "/"})
    with serving(current):
        yield current


async def called(target: str, base_url: str = GATEWAY) -> Answer:
    """What Twilio is answered when it calls this below the public URL. The gateway removes its path."""
    signature = cast("str", RequestValidator(TOKEN).compute_signature(base_url + target, FORM))
    return await answer_to(target.partition("?")[0], webhook(target, FORM, signature=signature))


@pytest.mark.parametrize("path", WEBHOOKS)
async def test_a_webhook_is_signed_with_the_gateways_path(path: str) -> None:
    """And without it, or with another one, it is refused."""
    assert (await called(path)).status in (200, 204)
    for other in ("https://apim.example.com", "https://apim.example.com/other"):
        assert (await called(path, other)).status == 403


@pytest.mark.parametrize(
    "target",
    [
        *(f"/api/voice/{step}?tries=1" for step in VOICE_ROUTES),
        *(f"/api/twimlets/{name}?PhoneNumber=1&PhoneNumbers=1&Music=rock" for name in TWIMLETS),
    ],
)
async def test_every_url_of_a_document_leads_through_the_gateway(target: str) -> None:
    """As Twilio resolves it, from the URL that it called."""
    document = (await called(target)).text
    elements = list(ElementTree.fromstring(document).iter()) if document else []  # noqa: S314  # our own document
    urls = [element.attrib[name] for element in elements for name in OF_URLS if name in element.attrib]
    urls += [element.text for element in elements if element.tag == "Redirect" and element.text]
    for url in urls:
        assert urljoin(GATEWAY + target, url).startswith(f"{GATEWAY}/api/"), url


@pytest.mark.parametrize(("queue", "kind"), [("sms-outbox", "sms"), ("call-outbox", "call")])
async def test_a_deliverys_status_callback_leads_through_the_gateway(
    worker: FakeServices, queue: str, kind: str
) -> None:
    """The URL that Twilio is given with a create."""
    await deliver(queue, json.dumps({"to": CALLER, ("body" if kind == "sms" else "say"): "Hello"}))
    ((_, callback),) = cast("FakeTwilioClient", worker.twilio).requests
    assert callback.startswith(f"{GATEWAY}/api/status/{kind}?{urlencode({'id': ''})}")
