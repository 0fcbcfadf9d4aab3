"""Properties for any input: nothing unsigned is served, no answer is 5xx, no message makes a function raise."""

import asyncio
import base64
import hashlib
import json
from collections.abc import Coroutine
from typing import Any, TypeVar
from urllib.parse import quote, urlencode
from xml.etree import ElementTree

import azure.functions as func
import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from switchboard.commands import COMMAND_TYPES
from tests import payloads
from tests.fakes import FakeQueues, FakeServices, FakeTwilioClient
from tests.functions import FORM, INTERNAL, WEBHOOKS, Answer, answer_to, deliver, serving, sign

T = TypeVar("T")

few = settings(max_examples=150, deadline=None, derandomize=True)

characters = st.characters(exclude_categories=["Cs"])
texts = st.text(characters, max_size=40)
paths = st.sampled_from(sorted(WEBHOOKS))
names = st.sampled_from(
    sorted({name for payload in payloads.NAMES for name in payloads.read(payload).form} | {"tries"})
)
values = st.one_of(
    texts,
    st.integers().map(str),
    st.sampled_from(["1", "2", "3", "4", "*", "stop", "hours", "+15005550666", "client:a", "completed", "leave"]),
)
forms = st.dictionaries(names | texts, values, max_size=12)
# As WSGI and gRPC alike may hand over a header: any text.
signatures = st.one_of(
    st.text(max_size=40),
    st.binary(min_size=20, max_size=20).map(lambda digest: base64.b64encode(digest).decode()),
    paths.map(lambda path: sign(path, "CallSid=CA1", "another-token")),
)
content_types = st.one_of(
    st.sampled_from(
        [FORM, "application/json", "", "text/plain", "multipart/form-data; boundary=x", FORM + "; charset=x"]
    ),
    texts,
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)
GOOD = {
    "sms-outbox": {"id": "t1", "to": "+15005550010", "body": "Hello world."},
    "call-outbox": {"id": "c1", "to": "+15005550010", "say": "Hello world."},
}
FIELDS = {queue: [field.encode_name for field in msgspec.structs.fields(kind)] for queue, kind in COMMAND_TYPES.items()}
# What is nearly right finds more than noise does.
near_values = st.one_of(
    json_values,
    st.sampled_from(["+15005550010", "whatsapp:+15005550010", "<Response/>", "<Response>&x;</Response>", "https://x/"]),
    st.sampled_from(["HX" + "a" * 32, "MG" + "a" * 32, "Enable", "2026-01-31T09:00:00Z", "9999-12-31T23:59:59-14:00"]),
    st.integers(-1, 40_000),
    st.lists(st.sampled_from(["https://x/", "https://[", "http://x"]), max_size=11),
)


def run(work: Coroutine[Any, Any, T], current: FakeServices | None = None) -> T:
    """Runs a function of the app on fakes."""
    with serving(current or FakeServices()):
        return asyncio.run(work)


def refuses(answer: Answer) -> bool:
    """Nothing was served, and no event published."""
    return answer.status == 403 and not answer.events and "<Response" not in answer.text


@few
@given(path=paths, query=texts, form=forms, signature=signatures)
def test_no_form_that_twilio_did_not_sign_is_served(
    path: str, query: str, form: dict[str, str], signature: str
) -> None:
    """For any query, parameters and signature."""
    headers = {"Content-Type": FORM, "X-Twilio-Signature": signature}
    url = f"{INTERNAL}{path}?{quote(query, safe='=&')}"
    request = func.HttpRequest("POST", url, headers=headers, body=urlencode(form).encode())
    assert refuses(run(answer_to(path, request)))


@few
@given(
    path=paths,
    method=st.sampled_from(["GET", "POST"]),
    raw=st.text(max_size=40),
    content_type=content_types,
    body=st.binary(max_size=200) | json_values.map(lambda value: json.dumps(value).encode()),
    signature=signatures,
    hashed=st.booleans(),
)
def test_no_body_of_any_kind_is_served_unsigned(
    path: str, method: str, raw: str, content_type: str, body: bytes, signature: str, hashed: bool
) -> None:
    """Bytes that do not match their content type, with a right hash, and an unescaped query."""
    query = f"bodySHA256={hashlib.sha256(body).hexdigest()}" if hashed else raw
    headers = {"Content-Type": content_type, "X-Twilio-Signature": signature}
    request = func.HttpRequest(method, f"{INTERNAL}{path}?{query}", headers=headers, body=body)
    assert refuses(run(answer_to(path, request)))


@few
@given(path=paths, form=forms, tries=texts, position=st.integers(0), flip=st.integers(1, 255))
def test_a_changed_byte_is_refused(path: str, form: dict[str, str], tries: str, position: int, flip: int) -> None:
    """Any byte of the body, unless the form is still the same, as with %2B and %2b."""
    target = f"{path}?tries={quote(tries)}"
    body = urlencode({"CallSid": "CA1"} | form)
    changed = bytearray(body.encode())
    changed[position % len(changed)] ^= flip
    headers = {"Content-Type": FORM, "X-Twilio-Signature": sign(target, body)}
    answer = run(answer_to(path, func.HttpRequest("POST", INTERNAL + target, headers=headers, body=bytes(changed))))
    assert refuses(answer) or sign(target, changed.decode()) == headers["X-Twilio-Signature"]


@few
@given(path=paths, form=forms, query=st.dictionaries(names | texts, values, max_size=4))
def test_no_signed_request_is_answered_with_5xx(path: str, form: dict[str, str], query: dict[str, str]) -> None:
    """Any parameters: calls and texts get TwiML, and a status at worst 400."""
    target = f"{path}?{urlencode(query)}"
    body = urlencode(form)
    headers = {"Content-Type": FORM, "X-Twilio-Signature": sign(target, body)}
    answer = run(answer_to(path, func.HttpRequest("POST", INTERNAL + target, headers=headers, body=body.encode())))
    if path.startswith(("/api/voice/", "/api/client/")):
        assert answer.status == 200
        assert ElementTree.fromstring(answer.text).tag == "Response"  # noqa: S314  # our own document
        assert "something went wrong" not in answer.text
    elif path.startswith("/api/twimlets/"):
        assert answer.status in (200, 302)
    else:
        assert answer.status in (200, 204, 400)
        assert len(answer.events) == (answer.status != 400)


async def outcome(queue: str, body: bytes) -> int:
    """Delivers a message; the number of requests to Twilio and of events together."""
    twilio, queues = FakeTwilioClient(), FakeQueues()
    with serving(FakeServices(twilio=twilio, queues=queues)):
        await deliver(queue, body)
    return len(twilio.requests) + len(queues.bodies("events"))


@few
@given(queue=st.sampled_from(sorted(GOOD)), body=st.binary(max_size=300))
def test_any_bytes_end_as_one_event_or_one_request(queue: str, body: bytes) -> None:
    """As they are, and as base64."""
    assert asyncio.run(outcome(queue, body)) == 1
    assert asyncio.run(outcome(queue, base64.b64encode(body))) == 1


@few
@given(queue=st.sampled_from(sorted(GOOD)), value=json_values)
def test_any_json_ends_as_one_event_or_one_request(queue: str, value: object) -> None:
    """Of any shape."""
    assert asyncio.run(outcome(queue, json.dumps(value).encode())) == 1


@few
@given(data=st.data(), queue=st.sampled_from(sorted(GOOD)))
def test_a_command_with_any_field_changed_ends_as_one_event_or_one_request(data: st.DataObject, queue: str) -> None:
    """Nearly valid commands are the likelier mistake."""
    changes = st.dictionaries(st.sampled_from(FIELDS[queue]) | texts, near_values, min_size=1, max_size=4)
    command = GOOD[queue] | data.draw(changes)
    assert asyncio.run(outcome(queue, json.dumps(command).encode())) == 1


@few
@given(queue=st.sampled_from(sorted(GOOD)), position=st.integers(0), byte=st.binary(max_size=2))
def test_a_command_with_any_byte_changed_ends_as_one_event_or_one_request(
    queue: str, position: int, byte: bytes
) -> None:
    """A byte removed, changed or inserted."""
    body = json.dumps(GOOD[queue]).encode()
    at = position % len(body)
    assert asyncio.run(outcome(queue, body[:at] + byte + body[at + 1 :])) == 1


@few
@given(queue=st.sampled_from(["sms-outbox-poison", "call-outbox-poison"]), body=st.binary(max_size=300))
def test_any_poison_message_is_one_dead_letter(queue: str, body: bytes) -> None:
    """No message makes the poison functions fail: it would stay there until it expires."""
    queues = FakeQueues()
    run(deliver(queue, body), FakeServices(queues=queues))
    assert [message.queue for message in queues.messages] == ["dead-letter"]
