"""A request that is larger than Twilio's is refused before anything of it is read: the work does not grow with it."""

import sys
import tracemalloc
from collections.abc import Iterator
from types import FrameType

import azure.functions as func
import pytest

from switchboard.signature import LARGEST_FORM, LARGEST_JSON, LARGEST_QUERY
from tests.fakes import FakeServices
from tests.functions import FORM, INTERNAL, WEBHOOKS, answer_to, serving, sign, webhook

JSON = "application/json"
MEGABYTE = 1024 * 1024
CALL = {"CallSid": "CA1", "From": "+15005550006", "To": "+15005550001"}


@pytest.fixture(autouse=True)
def worker() -> Iterator[None]:
    """A worker on fakes."""
    with serving(FakeServices()):
        yield


def request(path: str, body: bytes, content_type: str = FORM, signature: str = "guess") -> func.HttpRequest:
    """A POST with this body."""
    headers = {"Content-Type": content_type, "X-Twilio-Signature": signature}
    return func.HttpRequest("POST", INTERNAL + path, headers=headers, body=body)


async def calls_during(path: str, sent: func.HttpRequest, status: int) -> int:
    """How many functions, of Python and of C, run while a request is answered with this status."""
    await answer_to(path, sent)  # imports, and the first read of a body
    calls = 0

    def count(frame: FrameType, event: str, _: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        answer = await answer_to(path, sent)
    finally:
        sys.setprofile(None)
    assert answer.status == status
    return calls


@pytest.mark.parametrize("path", WEBHOOKS)
@pytest.mark.parametrize("signature", ["", "guess"])
async def test_twelve_megabytes_are_refused_on_every_route(path: str, signature: str) -> None:
    """413, signed or not, in one line that says the limit."""
    answer = await answer_to(path, request(path, b"a=" + b"x" * 12 * MEGABYTE, signature=signature))
    assert answer.status == 413
    assert "larger than 64 KiB" in answer.text


async def test_a_valid_signature_does_not_help() -> None:
    """Twilio sends nothing of this size."""
    path, body = "/api/voice/incoming", "a=" + "x" * LARGEST_FORM
    assert (await answer_to(path, request(path, body.encode(), signature=sign(path, body)))).status == 413


@pytest.mark.parametrize(
    ("content_type", "size", "status"),
    [
        (FORM, LARGEST_FORM, 403),
        (FORM, LARGEST_FORM + 1, 413),
        (JSON, LARGEST_JSON, 403),
        (JSON, LARGEST_JSON + 1, 413),
    ],
)
async def test_the_limits_are_64_kib_for_a_form_and_256_for_json(content_type: str, size: int, status: int) -> None:
    """The last that fits is read, and refused for its signature."""
    answer = await answer_to("/api/status/sms", request("/api/status/sms", b"x" * size, content_type))
    assert answer.status == status


async def test_a_long_query_is_refused_too() -> None:
    """It is signed with the URL, and decoded like a form."""
    path = "/api/voice/incoming"
    assert (await answer_to(path, request(f"{path}?a={'x' * LARGEST_QUERY}", b""))).status == 413


@pytest.mark.parametrize("content_type", [FORM, JSON, "text/plain", ""])
async def test_the_work_does_not_grow_with_the_request(content_type: str) -> None:
    """As many calls for 12 MB as for the first byte too many."""
    path = "/api/sms/incoming"
    small = await calls_during(path, request(path, b"x" * (LARGEST_JSON + 1), content_type), 413)
    large = await calls_during(path, request(path, b"x" * 12 * MEGABYTE, content_type), 413)
    assert small == large


async def test_no_memory_grows_with_the_request() -> None:
    """The host has buffered the body before: the app copies nothing of it."""
    path = "/api/voice/incoming"
    large = request(path, b"&".join(b"a%d=%d" % (number, number) for number in range(MEGABYTE)))
    await answer_to(path, request(path, b"x" * (LARGEST_FORM + 1)))
    tracemalloc.start()
    try:
        await answer_to(path, large)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # One copy is made by azure.functions' request object in this test's helper, which reads and builds it again.
    assert peak < MEGABYTE


async def test_a_signed_call_beside_it_costs_what_it_always_costs() -> None:
    """Between two floods the same number of calls as before them."""
    path = "/api/voice/incoming"
    alone = await calls_during(path, webhook(path, CALL), 200)
    for _ in range(3):
        await answer_to(path, request(path, b"x" * 12 * MEGABYTE))
    assert await calls_during(path, webhook(path, CALL), 200) == alone


async def test_json_is_decoded_only_after_the_signature_holds() -> None:
    """Nested brackets and long numbers cost a stranger's request nothing."""
    path, nested = "/api/voice/incoming", b"[" * 100_000
    few = await calls_during(path, request(path, b"[" * 10, JSON), 403)
    assert await calls_during(path, request(path, nested, JSON), 403) == few
