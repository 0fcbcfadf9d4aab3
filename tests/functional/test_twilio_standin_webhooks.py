"""The stand-in's webhooks: signatures, retries, redirects, and their entries on the wire."""

from __future__ import annotations

import base64
from collections.abc import Mapping

import pytest
from twilio.request_validator import RequestValidator

from local.ports import free_port
from local.twilio.faults import Faults
from local.twilio.options import Pace, Patience
from local.twilio.webhooks import Overrides, Webhook, Webhooks
from local.twilio.wire import Wire
from tests.functional.twilio_standin_app import (
    FAST,
    PHONE,
    TOKEN,
    App,
    Canned,
    ReceivedRequest,
    options,
    post,
    running,
    running_app,
    twiml,
)

BROKEN = Canned(status=500)


async def sent(app: App, url: str, method: str = "POST", **fields: str) -> Wire:
    """Send one webhook, and return its wire."""
    settings = options(app)
    wire = Wire(settings.clock)
    webhooks = Webhooks(settings, wire, Faults())
    try:
        await webhooks.send(Webhook(url=url, method=method, parameters=fields, summary="a webhook"))
    finally:
        await webhooks.close()
    return wire


def header(request: ReceivedRequest, name: str) -> str:
    """A header of a request."""
    return request.headers[name]


async def test_a_webhook_looks_like_twilios() -> None:
    """A form, signed over its URL and fields, from Twilio's proxy."""
    async with running_app() as app:
        await sent(app, f"{app.url}/hook?a=%3D%3D", Body="Olá & more", Empty="")
        (request,) = app.requests
        assert request.signed
        assert request.path == "/hook?a=%3D%3D"
        assert request.fields == {"Body": "Olá & more", "Empty": ""}
        assert header(request, "User-Agent") == "TwilioProxy/1.1"


async def test_invalid_characters_of_a_url_are_encoded_before_the_signature() -> None:
    """The signature covers the encoded URL."""
    async with running_app() as app:
        await sent(app, f"{app.url}/olá?q=a b%20c")
        (request,) = app.requests
        assert (request.path, request.signed) == ("/ol%C3%A1?q=a%20b%20c", True)


async def test_a_get_carries_its_parameters_in_the_signed_url() -> None:
    """There is no body, and the signature is the URL's alone."""
    async with running_app() as app:
        await sent(app, f"{app.url}/hook?a=1", "GET", Digits="5")
        (request,) = app.requests
        assert (request.method, request.path, request.signed) == ("GET", "/hook?a=1&Digits=5", True)


@pytest.mark.parametrize("public_url", ["https://voice.example.com", "https://apim.example.com/twilio"])
async def test_the_public_url_is_signed_and_the_local_one_requested(public_url: str) -> None:
    """An app behind a proxy sees its own address, and verifies by its public one."""
    async with running(public_url=public_url) as (app, standin):
        app.public_url = public_url
        await post(standin, "/standin/texts", {"from": PHONE, "body": "hi"})
        assert [request.signed for request in app.requests] == [True]


async def test_a_signature_by_another_token_is_invalid() -> None:
    """So the check in these tests can fail."""
    async with running(auth_token="another") as (app, standin):
        await post(standin, "/standin/texts", {"from": PHONE, "body": "hi"})
        assert [request.signed for request in app.requests] == [False]


async def test_the_fragment_sets_the_retries_and_is_not_sent() -> None:
    """`#rc=2&rp=5xx` makes three requests of one token, each signed without the fragment."""
    async with running_app() as app:
        app.answers["/hook"] = BROKEN
        wire = await sent(app, f"{app.url}/hook#rc=2&rp=5xx", CallSid="CA1")
        assert [request.signed for request in app.requests] == [True, True, True]
        assert len({header(request, "I-Twilio-Idempotency-Token") for request in app.requests}) == 1
        assert [entry.status for entry in wire.since(0)] == [500, 500, 500]


@pytest.mark.parametrize(
    ("fragment", "status", "requests"),
    [
        ("", 500, 1),
        ("#rc=3", 500, 1),
        ("#rp=5xx", 500, 2),
        ("#rc=1&rp=4xx", 500, 1),
        ("#rc=1&rp=4xx", 404, 2),
        ("#rc=2&rp=all", 503, 3),
        ("#rc=0&rp=all", 503, 1),
        ("#rc=9&rp=all", 503, 6),
        ("#rc=3&rp=all", 204, 1),
    ],
)
async def test_the_fragment_names_the_failures_that_are_retried(fragment: str, status: int, requests: int) -> None:
    """Twilio's defaults: one retry, of failed connections; five retries at most."""
    async with running_app() as app:
        app.answers["/hook"] = Canned(status=status)
        await sent(app, f"{app.url}/hook{fragment}")
        assert len(app.requests) == requests


async def test_a_failed_connection_is_retried() -> None:
    """Once by default; the wire shows the reason, with status 0."""
    async with running_app() as app:
        wire = await sent(app, f"http://127.0.0.1:{free_port()}/hook")
        assert [entry.status for entry in wire.since(0)] == [0, 0]
        assert "no connection" in wire.since(0)[0].summary
        assert wire.since(0)[0].problems[0].startswith("11200")


async def test_a_slow_answer_times_out() -> None:
    """It is retried where the fragment names it, and the wire shows the timeout."""
    async with running_app() as app:
        app.seconds["/slow"] = 5
        wire = await sent(app, f"{app.url}/slow#rt=30&rc=1&rp=rt")
        assert [entry.summary for entry in wire.since(0)] == ["a webhook: no answer within 0.03 s"] * 2


def test_the_limits_are_twilios_or_less() -> None:
    """Five seconds to connect and fifteen for an answer; an invalid number changes nothing."""
    assert Overrides.of("rt=250", Patience()).answer == 0.25
    assert Overrides.of("rt=60000", Patience()).answer == 15
    assert Overrides.of("ct=nonsense", Patience()).connect == 5


async def test_a_redirect_makes_a_post_a_get_without_its_parameters() -> None:
    """As Twilio does with 301 and 302; the new request is signed for the new URL."""
    async with running_app() as app:
        app.answers["/old"] = Canned(status=302, headers={"Location": "/new?a=1"})
        await sent(app, f"{app.url}/old", CallSid="CA1")
        request = app.requests[-1]
        assert (request.method, request.path, dict(request.fields), request.signed) == ("GET", "/new?a=1", {}, True)


async def test_a_temporary_redirect_keeps_method_and_parameters() -> None:
    """307 repeats the request elsewhere."""
    async with running_app() as app:
        app.answers["/old"] = Canned(status=307, headers={"Location": "/new"})
        await sent(app, f"{app.url}/old", CallSid="CA1")
        request = app.requests[-1]
        assert (request.method, dict(request.fields), request.signed) == ("POST", {"CallSid": "CA1"}, True)


async def test_endless_redirects_end() -> None:
    """After five of them the redirect itself is the answer."""
    async with running_app() as app:
        app.answers["/loop"] = Canned(status=302, headers={"Location": "/loop"})
        await sent(app, f"{app.url}/loop")
        assert len(app.requests) == 6


FAULTS: Mapping[str, tuple[Canned | str, str]] = {
    "a status": (Canned(status=500, text="boom"), "11200"),
    "a type": (Canned(status=200, text="<Response/>", content_type="text/plain"), "12300"),
    "a text": ("<Response><Say>", "12100"),
    "a verb": (twiml("<Shout>a</Shout>"), "12200"),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_wrong_answer_is_on_the_wire_with_its_code(fault: str) -> None:
    """With the code of Twilio's debugger."""
    async with running() as (app, standin):
        answer, code = FAULTS[fault]
        app.answers["/api/voice/incoming"] = answer
        await post(standin, "/standin/calls", {"from": PHONE})
        assert [problem.split()[0] for problem in standin.wire.since(0)[0].problems] == [code]


async def test_a_caller_hears_twilios_apology_after_a_failed_request() -> None:
    """The call ends there, and the transcript says why."""
    async with running(pace=Pace(step=FAST.step)) as (app, standin):
        app.answers["/api/voice/incoming"] = BROKEN
        _, answer = await post(standin, "/standin/calls", {"from": PHONE})
        steps = answer["steps"]
        assert isinstance(steps, list)
        assert steps[0]["sentences"] == [
            'hears "an application error has occurred": 11200 HTTP retrieval failure:'
            " POST /api/voice/incoming: HTTP 500"
        ]


async def test_the_wire_contains_no_credentials() -> None:
    """Neither the token nor an Authorization header; the signature, which is no secret, has a field."""
    async with running() as (app, standin):
        app.answers["/api/sms/incoming"] = twiml("<Message>hi</Message>")
        await post(standin, "/standin/texts", {"from": PHONE, "body": "hi"})
        (entry,) = standin.wire.since(0)
        assert TOKEN not in str(entry.to_json())
        assert RequestValidator(TOKEN).validate(f"{app.url}{entry.path}", entry.parameters, entry.signature)


async def test_the_traceback_of_a_flow_is_on_the_wire() -> None:
    """The app sends it in a header on a developer's machine; what is no base64 is left out."""
    for sent_header, expected in (
        (base64.b64encode("KeyError: 'olá'".encode()).decode(), "KeyError: 'olá'"),
        ("%", ""),
    ):
        async with running_app() as app:
            app.answers["/hook"] = Canned(headers={"X-Switchboard-Flow-Error": sent_header})
            wire = await sent(app, f"{app.url}/hook")
            (entry,) = wire.since(0)
            assert entry.traceback == expected
