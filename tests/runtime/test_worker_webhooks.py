"""Twilio's webhooks through the worker: from the host's request to what the host answers and writes."""

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
TEXT = PAYLOADS["incoming_text"]
HEALTH = http_request("GET", f"{INTERNAL}/api/health", {})


def to(prefix: str) -> list[str]:
    """The names of the payloads that go to routes which begin so."""
    return [name for name, payload in PAYLOADS.items() if payload.path.startswith(prefix)]


def signed_post(payload: Payload, token: str = TOKEN) -> Trigger:
    """A webhook as Azure's front end passes it on: to another origin than Twilio called."""
    body = urlencode(payload.form)
    headers = {"Content-Type": FORM, "X-Twilio-Signature": sign(payload.path, body, token)}
    return http_request("POST", INTERNAL + payload.path, headers, body.encode())


def unsigned_post(payload: Payload) -> Trigger:
    """The same, from anybody."""
    return http_request("POST", INTERNAL + payload.path, {"Content-Type": FORM}, urlencode(payload.form).encode())


async def send(worker: Worker, trigger: Trigger, path: str) -> Invocation:
    """Invoke the function behind a path."""
    return await worker.invoke(worker.behind(urlsplit(path).path), trigger)


def answer_of(invocation: Invocation) -> Answer:
    """The answer of an invocation that went well."""
    assert invocation.ok, invocation.error
    assert invocation.answer is not None
    return invocation.answer


def twiml_of(invocation: Invocation) -> ElementTree.Element:
    """The document of an answer that Twilio would take for TwiML."""
    answer = answer_of(invocation)
    assert answer.status == 200
    assert answer.headers["content-type"].partition(";")[0] == "text/xml"
    root = ElementTree.fromstring(answer.body)  # noqa: S314 - our own answer
    assert root.tag == "Response"
    return root


async def told_of(worker: Worker, payload: Payload) -> str:
    """The id of the event that a status callback becomes, once it is answered as all of them are."""
    # Without the id of a delivery of ours: a call that came in, or another program's text.
    path = payload.path.partition("?")[0]
    invocation = await send(worker, signed_post(Payload(path, payload.form)), path)
    assert (answer_of(invocation).status, answer_of(invocation).body) == (204, b"")
    return str(json.loads(invocation.outputs["events"])["id"])


def test_every_webhook_route_has_a_payload(worker: Worker) -> None:
    """So that what follows is shown of each of them."""
    http = {f"/api/{each.trigger['route']}" for each in worker.functions.values() if "route" in each.trigger}
    assert http - {"/api/health", "/api/twimlets", "/api/twimlets/{name}"} == ROUTES.keys()


@pytest.mark.parametrize("name", to("/api/voice/"))
async def test_a_call_is_answered_with_twiml(worker: Worker, name: str) -> None:
    """Each step of a call is answered 200 with verbs, and nothing is written anywhere."""
    payload = PAYLOADS[name]
    invocation = await send(worker, signed_post(payload), payload.path)
    assert len(twiml_of(invocation)) > 0
    assert invocation.outputs == {}


async def test_a_call_that_comes_in_by_get_is_answered_with_twiml(worker: Worker) -> None:
    """A number may be set to GET: its parameters are in the query, and there is no body."""
    path = "/api/voice/incoming?" + urlencode(PAYLOADS["incoming_call"].form)
    request = http_request("GET", INTERNAL + path, {"X-Twilio-Signature": sign(path)})
    assert len(twiml_of(await send(worker, request, path))) > 0


async def test_a_query_is_checked_as_it_was_written(worker: Worker) -> None:
    """The signature covers the raw query, which the worker's decoded parameters no longer show."""
    path = "/api/voice/menu?tries=1&note=%3d%3D&empty="
    payload = Payload(path, PAYLOADS["gather_digits"].form)
    assert len(twiml_of(await send(worker, signed_post(payload), path))) > 0


@pytest.mark.parametrize("name", to("/api/sms/"))
async def test_a_text_is_answered_with_twiml_and_told_on_events(worker: Worker, name: str) -> None:
    """The host answers Twilio, and gets the event as the JSON of a queue message."""
    payload = PAYLOADS[name]
    invocation = await send(worker, signed_post(payload), payload.path)
    twiml_of(invocation)
    event = published.read(str(invocation.outputs["events"]))
    assert event["id"] == "sms.received:" + payload.form["MessageSid"]
    assert event.get("body", "") == payload.form.get("Body", "")


@pytest.mark.parametrize("name", to("/api/status/sms"))
async def test_a_texts_state_is_taken_and_told_on_events(worker: Worker, name: str) -> None:
    """204 without a body, and the event names the text and its state."""
    form = PAYLOADS[name].form
    told = await told_of(worker, PAYLOADS[name])
    assert told == f"sms.status:{form['MessageSid']}:{form['MessageStatus']}"


@pytest.mark.parametrize("name", to("/api/status/call"))
async def test_a_calls_state_is_taken_and_told_on_events(worker: Worker, name: str) -> None:
    """204 without a body, and the event names the call and its state."""
    form = PAYLOADS[name].form
    told = await told_of(worker, PAYLOADS[name])
    assert told == f"call.status:{form['CallSid']}:{form['CallStatus']}"


@pytest.mark.parametrize("name", to("/api/status/recording"))
async def test_a_recordings_state_is_taken_and_told_on_events(worker: Worker, name: str) -> None:
    """204 without a body, and the event names the recording and its state."""
    form = PAYLOADS[name].form
    told = await told_of(worker, PAYLOADS[name])
    assert told == f"recording.status:{form['RecordingSid']}:{form['RecordingStatus']}"


@pytest.mark.parametrize("name", [*to("/api/status/sms"), *to("/api/status/call")])
async def test_a_state_of_our_own_delivery_settles_its_record(
    worker: Worker, outbox: FakeQueues, ledger: MemoryLedger, name: str
) -> None:
    """204, and nothing for the host to write: what is news is told by the app before it writes the record."""
    payload = PAYLOADS[name]
    kind: Kind = "sms" if "/sms" in payload.path else "call"
    state = payload.form.get("MessageStatus") or payload.form["CallStatus"]
    await ledger.insert(record(key=DeliveryKey(PARTITION, kind, "t1")))
    invocation = await send(worker, signed_post(payload), payload.path)
    assert (answer_of(invocation).status, invocation.outputs) == (204, {})
    assert [each.state for each in ledger.records()] == [state]
    told = [json.loads(body)["id"] for body in outbox.bodies("events")]
    assert told == ([] if state in FIRST_STATUSES else [f"{kind}.status:{PARTITION}:{kind}:t1:0:{state}"])


async def test_a_state_that_cannot_be_settled_is_500(worker: Worker, ledger: MemoryLedger) -> None:
    """So that Twilio comes again."""
    ledger.failures.away = True
    payload = PAYLOADS["text_delivered"]
    invocation = await send(worker, signed_post(payload), payload.path)
    assert (answer_of(invocation).status, invocation.outputs) == (500, {})


async def test_a_stop_is_written_down(worker: Worker, opt_outs: MemoryOptOuts) -> None:
    """Before it is told and answered."""
    payload = PAYLOADS["incoming_stop"]
    twiml_of(await send(worker, signed_post(payload), payload.path))
    assert {sender for _, sender in opt_outs.stopped} == {payload.form["To"], payload.form["MessagingServiceSid"]}


@pytest.mark.parametrize("path", ROUTES)
async def test_an_unsigned_webhook_is_refused(worker: Worker, path: str) -> None:
    """403, and nothing is written."""
    invocation = await send(worker, unsigned_post(ROUTES[path]), path)
    assert answer_of(invocation).status == 403
    assert invocation.outputs == {}


@pytest.mark.parametrize("path", ROUTES)
async def test_a_webhook_signed_with_another_token_is_refused(worker: Worker, path: str) -> None:
    """403, and nothing is written."""
    invocation = await send(worker, signed_post(ROUTES[path], token="another"), path)
    assert answer_of(invocation).status == 403
    assert invocation.outputs == {}


async def test_a_text_without_its_sid_is_refused_and_not_told(worker: Worker) -> None:
    """400, although it is signed: an event without a stable id would be of no use."""
    payload = Payload(TEXT.path, {"Body": "Hello."})
    invocation = await send(worker, signed_post(payload), payload.path)
    assert answer_of(invocation).status == 400
    assert invocation.outputs == {}


async def test_settings_come_from_the_workers_environment(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    """What Azure sets as app settings is all that a webhook needs."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    services.replace(None)
    twiml_of(await send(worker, signed_post(TEXT), TEXT.path))


async def test_a_worker_without_settings_is_not_ready(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is indexed all the same, so that it can say 503 rather than 404."""
    monkeypatch.delenv("TWILIO_ACCOUNT_SID", raising=False)
    services.replace(None)
    assert answer_of(await send(worker, signed_post(TEXT), TEXT.path)).status == 503


async def test_a_worker_that_can_do_its_job_is_healthy(worker: Worker) -> None:
    """200 and JSON that says so of each part."""
    answer = answer_of(await worker.invoke("health", HEALTH))
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    report = json.loads(answer.body)
    assert report == {"status": "ok", "checks": {"settings": "ok", "secrets": "ok", "queues": "ok", "tables": "ok"}}


async def test_a_worker_that_cannot_reach_its_queues_says_so(worker: Worker, outbox: FakeQueues) -> None:
    """503, and of an error that is not ours its type alone: its words may hold anything."""
    outbox.error = OSError(f"{ORIGIN} does not answer, token {TOKEN}")
    answer = answer_of(await worker.invoke("health", HEALTH))
    assert answer.status == 503
    assert json.loads(answer.body)["checks"]["queues"] == "OSError"
