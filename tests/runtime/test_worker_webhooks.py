"""Twilio's webhooks through the worker: from the host's request to the host's answer."""

from __future__ import annotations

import json
from urllib.parse import urlencode, urlsplit
from xml.etree import ElementTree

import pytest

from switchboard import services
from switchboard.delivery.record import DeliveryKey
from switchboard.delivery.states import FIRST_STATUSES, Kind
from tests import payloads, published
from tests.fake_worker import record
from tests.fakes import ENVIRONMENT, ORIGIN, TOKEN, FakeQueues
from tests.functions import FORM, INTERNAL, sign
from tests.memory import MemoryLedger, MemoryOptOuts
from tests.payloads import Payload
from tests.runtime.worker import Answer, Invocation, Trigger, Worker, http_request

PAYLOADS = {name: payloads.read(name) for name in payloads.NAMES}
ROUTES = {urlsplit(payload.path).path: payload for payload in PAYLOADS.values()}
PARTITION = "0123456789abcdef0123456789abcdef"
TEXT, CALL = PAYLOADS["incoming_text"], PAYLOADS["incoming_call"]
QUEUE_EVENTS = {
    "hold": "switchboard.queue.waiting",
    "enqueue_bridged": "switchboard.queue.left",
    "enqueue_left": "switchboard.queue.left",
}
HEALTH = http_request("GET", f"{INTERNAL}/api/health", {})


def to(prefix: str) -> list[str]:
    """The names of the payloads for routes with this prefix."""
    return [name for name, payload in PAYLOADS.items() if payload.path.startswith(prefix)]


def signed_post(payload: Payload, token: str = TOKEN) -> Trigger:
    """A webhook as Azure's front end forwards it: to another origin than Twilio called."""
    body = urlencode(payload.form)
    headers = {"Content-Type": FORM, "X-Twilio-Signature": sign(payload.path, body, token)}
    return http_request("POST", INTERNAL + payload.path, headers, body.encode())


def unsigned_post(payload: Payload) -> Trigger:
    """The same without a signature."""
    return http_request("POST", INTERNAL + payload.path, {"Content-Type": FORM}, urlencode(payload.form).encode())


async def send(worker: Worker, trigger: Trigger, path: str) -> Invocation:
    """Invokes the function of a path."""
    return await worker.invoke(worker.behind(urlsplit(path).path), trigger)


def answer_of(invocation: Invocation) -> Answer:
    """The answer of a successful invocation."""
    assert invocation.ok, invocation.error
    assert invocation.answer is not None
    return invocation.answer


def twiml_of(invocation: Invocation) -> ElementTree.Element:
    """The document of an answer that Twilio accepts as TwiML."""
    answer = answer_of(invocation)
    assert answer.status == 200
    assert answer.headers["content-type"].partition(";")[0] == "text/xml"
    root = ElementTree.fromstring(answer.body)  # noqa: S314 - our own answer
    assert root.tag == "Response"
    return root


async def event_id_of(worker: Worker, queues: FakeQueues, payload: Payload) -> str:
    """The id of the event of a status callback."""
    # Without the id of a delivery: an incoming call, or a text of another program.
    path = payload.path.partition("?")[0]
    invocation = await send(worker, signed_post(Payload(path, payload.form)), path)
    assert (answer_of(invocation).status, answer_of(invocation).body) == (204, b"")
    (body,) = queues.bodies("events")
    return str(json.loads(body)["id"])


def test_every_webhook_route_has_a_payload(worker: Worker) -> None:
    """So that the other tests cover each of them."""
    http = {f"/api/{each.trigger['route']}" for each in worker.functions.values() if "route" in each.trigger}
    for_people = {"/api/health", "/api/twimlets", "/api/client/{file?}", "/api/client/token"}
    assert http - for_people - {"/api/twimlets/{name}", "/api/flows/{name}"} == ROUTES.keys()


async def test_a_browser_dials_and_signs_in(worker: Worker) -> None:
    """A stranger's identity is refused in speech; without an API key there is no token. The page has no such name."""
    dials = answer_of(await send(worker, signed_post(PAYLOADS["client_dials"]), "/api/client/voice"))
    assert (dials.status, b"<Say" in dials.body or b"<Dial" in dials.body) == (200, True)
    body = b'{"agent": "alice", "key": "x"}'
    asked = http_request("POST", f"{INTERNAL}/api/client/token", {"Content-Type": "application/json"}, body)
    refused = answer_of(await worker.invoke(worker.behind("/api/client/token"), asked))
    assert (refused.status, json.loads(refused.body)["code"]) == (501, "not_configured")


@pytest.mark.parametrize("name", to("/api/voice/"))
async def test_a_call_is_answered_with_twiml(worker: Worker, queues: FakeQueues, name: str) -> None:
    """Each step of a call is answered 200 with verbs; only a wait in a queue publishes an event."""
    payload = PAYLOADS[name]
    invocation = await send(worker, signed_post(payload), payload.path)
    assert len(twiml_of(invocation)) > 0
    types = [published.read(body)["type"] for body in queues.bodies("events")]
    assert types == ([QUEUE_EVENTS[name]] if name in QUEUE_EVENTS else [])
    assert (invocation.outputs, len(queues.messages)) == ({}, len(types))


async def test_a_flow_is_answered_with_twiml(worker: Worker, queues: FakeQueues) -> None:
    """One that no flows.py registers: an apology, and the event that says so."""
    path = "/api/flows/reservations"
    body = urlencode(PAYLOADS["incoming_call"].form)
    headers = {"Content-Type": FORM, "X-Twilio-Signature": sign(path, body)}
    request = http_request("POST", INTERNAL + path, headers, body.encode(), {"name": "reservations"})
    assert twiml_of(await send(worker, request, path))[-1].tag == "Hangup"
    (event,) = map(published.read, queues.bodies("events"))
    assert (event["type"], event["flow"]) == ("switchboard.flow.failed", "reservations")


async def test_a_call_that_comes_in_by_get_is_answered_with_twiml(worker: Worker) -> None:
    """Its parameters are in the query, and there is no body."""
    path = "/api/voice/incoming?" + urlencode(PAYLOADS["incoming_call"].form)
    request = http_request("GET", INTERNAL + path, {"X-Twilio-Signature": sign(path)})
    assert len(twiml_of(await send(worker, request, path))) > 0


async def test_a_query_is_verified_unchanged(worker: Worker) -> None:
    """The signature covers the raw query, which the worker's decoded parameters do not show."""
    path = "/api/voice/menu?tries=1&note=%3d%3D&empty="
    payload = Payload(path, PAYLOADS["gather_digits"].form)
    assert len(twiml_of(await send(worker, signed_post(payload), path))) > 0


@pytest.mark.parametrize("name", to("/api/sms/"))
async def test_a_text_is_answered_with_twiml_and_published(worker: Worker, queues: FakeQueues, name: str) -> None:
    """The event is on the queue before the answer."""
    payload = PAYLOADS[name]
    invocation = await send(worker, signed_post(payload), payload.path)
    twiml_of(invocation)
    (body,) = queues.bodies("events")
    event = published.read(body)
    assert event["id"] == "sms.received:" + payload.form["MessageSid"]
    assert event.get("body", "") == payload.form.get("Body", "")


@pytest.mark.parametrize("name", to("/api/status/sms"))
async def test_a_status_of_a_text_is_published(worker: Worker, queues: FakeQueues, name: str) -> None:
    """204 without a body; the event has the text's SID and status."""
    form = PAYLOADS[name].form
    assert (
        await event_id_of(worker, queues, PAYLOADS[name]) == f"sms.status:{form['MessageSid']}:{form['MessageStatus']}"
    )


@pytest.mark.parametrize("name", to("/api/status/call"))
async def test_a_status_of_a_call_is_published(worker: Worker, queues: FakeQueues, name: str) -> None:
    """204 without a body; the event has the call's SID and status."""
    form = PAYLOADS[name].form
    assert await event_id_of(worker, queues, PAYLOADS[name]) == f"call.status:{form['CallSid']}:{form['CallStatus']}"


@pytest.mark.parametrize("name", to("/api/status/recording"))
async def test_a_status_of_a_recording_is_published(worker: Worker, queues: FakeQueues, name: str) -> None:
    """204 without a body; the event has the recording's SID and status."""
    form = PAYLOADS[name].form
    assert (
        await event_id_of(worker, queues, PAYLOADS[name])
        == f"recording.status:{form['RecordingSid']}:{form['RecordingStatus']}"
    )


@pytest.mark.parametrize("name", [*to("/api/status/sms"), *to("/api/status/call")])
async def test_a_status_of_a_delivery_updates_its_record(
    worker: Worker, queues: FakeQueues, ledger: MemoryLedger, name: str
) -> None:
    """204; the app publishes the change before it writes the record."""
    payload = PAYLOADS[name]
    kind: Kind = "sms" if "/sms" in payload.path else "call"
    state = payload.form.get("MessageStatus") or payload.form["CallStatus"]
    await ledger.insert(record(key=DeliveryKey(PARTITION, kind, "t1")))
    invocation = await send(worker, signed_post(payload), payload.path)
    assert (answer_of(invocation).status, invocation.outputs) == (204, {})
    assert [each.state for each in ledger.records()] == [state]
    published = [json.loads(body)["id"] for body in queues.bodies("events")]
    assert published == ([] if state in FIRST_STATUSES else [f"{kind}.status:{PARTITION}:{kind}:t1:0:{state}"])


async def test_a_status_that_cannot_be_recorded_is_500(worker: Worker, ledger: MemoryLedger) -> None:
    """Twilio repeats it."""
    ledger.failures.away = True
    payload = PAYLOADS["text_delivered"]
    invocation = await send(worker, signed_post(payload), payload.path)
    assert (answer_of(invocation).status, invocation.outputs) == (500, {})


async def test_a_stop_is_recorded(worker: Worker, opt_outs: MemoryOptOuts) -> None:
    """Before it is published and answered."""
    payload = PAYLOADS["incoming_stop"]
    twiml_of(await send(worker, signed_post(payload), payload.path))
    assert {sender for _, sender in opt_outs.stopped} == {payload.form["To"], payload.form["MessagingServiceSid"]}


@pytest.mark.parametrize("path", ROUTES)
async def test_an_unsigned_webhook_is_refused(worker: Worker, queues: FakeQueues, path: str) -> None:
    """403, and nothing is written."""
    invocation = await send(worker, unsigned_post(ROUTES[path]), path)
    assert answer_of(invocation).status == 403
    assert (invocation.outputs, queues.messages) == ({}, [])


@pytest.mark.parametrize("path", ROUTES)
async def test_a_webhook_signed_with_another_token_is_refused(worker: Worker, queues: FakeQueues, path: str) -> None:
    """403, and nothing is written."""
    invocation = await send(worker, signed_post(ROUTES[path], token="another"), path)
    assert answer_of(invocation).status == 403
    assert (invocation.outputs, queues.messages) == ({}, [])


async def test_a_text_without_its_sid_is_refused_and_not_published(worker: Worker, queues: FakeQueues) -> None:
    """400 although it is signed: its event would have no stable id."""
    payload = Payload(TEXT.path, {"Body": "Hello."})
    invocation = await send(worker, signed_post(payload), payload.path)
    assert answer_of(invocation).status == 400
    assert (invocation.outputs, queues.messages) == ({}, [])


async def test_settings_come_from_the_workers_environment(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    """Azure's app settings are enough for a webhook."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    services.replace(None)
    twiml_of(await send(worker, signed_post(CALL), CALL.path))


async def test_a_worker_without_settings_is_not_ready(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is indexed nevertheless, so it answers 503 instead of 404."""
    monkeypatch.delenv("TWILIO_ACCOUNT_SID", raising=False)
    services.replace(None)
    assert answer_of(await send(worker, signed_post(TEXT), TEXT.path)).status == 503


async def test_a_working_worker_is_healthy(worker: Worker) -> None:
    """200 and JSON with each part."""
    answer = answer_of(await worker.invoke("health", HEALTH))
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    report = json.loads(answer.body)
    parts = ("settings", "numbers", "flows", "secrets", "queues", "tables")
    assert report == {"status": "ok", "checks": dict.fromkeys(parts, "ok")}


async def test_a_worker_without_its_queues_is_unhealthy(worker: Worker, queues: FakeQueues) -> None:
    """503; of another library's error only the type."""
    queues.error = OSError(f"{ORIGIN} does not answer, token {TOKEN}")
    answer = answer_of(await worker.invoke("health", HEALTH))
    assert answer.status == 503
    assert json.loads(answer.body)["checks"]["queues"] == "OSError"
