"""Incoming calls and texts, which the stand-in simulates with the app's TwiML."""

from __future__ import annotations

from local.twilio.options import Patience
from local.twilio.server import StandIn
from tests.functional.twilio_standin_app import (
    ACCOUNT,
    NUMBER,
    PHONE,
    Canned,
    answer_steps,
    eventually,
    fields_of,
    options,
    place_call,
    running,
    running_app,
    send_text,
    twiml,
)

OPERATOR = "+15005550009"
VOICE = "/api/voice/"
TEXTS = "/api/sms/incoming"
MENU = twiml('<Gather numDigits="1" action="menu"><Say>Press one.</Say></Gather><Redirect>menu</Redirect>')


async def test_an_incoming_call_has_twilios_parameters() -> None:
    """Signed, ringing, with both parties under all their names."""
    async with running() as (app, standin):
        answer_steps(app, incoming="<Say>Hello.</Say>")
        assert await place_call(standin) == ["says: Hello."]
        request = app.requests[0]
        assert (request.signed, request.path, request.method) == (True, "/api/voice/incoming", "POST")
        assert request.fields["CallSid"].startswith("CA")
        wanted = {
            "AccountSid": ACCOUNT,
            "ApiVersion": "2010-04-01",
            "CallStatus": "ringing",
            "Direction": "inbound",
            "From": PHONE,
            "Caller": PHONE,
            "To": NUMBER,
            "Called": NUMBER,
            "FromCountry": "US",
        }
        assert wanted.items() <= request.fields.items()


async def test_the_numbers_callback_reports_the_end_of_a_call() -> None:
    """With the call's duration."""
    async with running() as (app, standin):
        answer_steps(app, incoming='<Pause length="7"/>')
        await place_call(standin)
        (request,) = app.to("/api/status/call")
        assert request.signed
        assert (request.fields["CallStatus"], request.fields["CallDuration"]) == ("completed", "7")


async def test_a_number_without_a_callback_reports_nothing() -> None:
    """No request is made."""
    async with running(status_callback="") as (app, standin):
        answer_steps(app, incoming="<Hangup/>")
        await place_call(standin)
        assert [request.path for request in app.requests] == ["/api/voice/incoming"]


async def test_each_gather_takes_the_next_key() -> None:
    """Keys are pressed in their order, and then none."""
    async with running() as (app, standin):
        app.answers[VOICE + "incoming"] = MENU
        answer_steps(
            app, menu='<Gather numDigits="2" action="more"/><Say>Nothing.</Say>', more="<Redirect>menu</Redirect>"
        )
        sentences = await place_call(standin, press=["1", "234"])
        assert fields_of(app, "more", "Digits") == ("23",)
        assert [request.fields.get("Digits") for request in app.to(VOICE + "menu")] == ["1", None]
        assert sentences[1] == "waits 5 s for 1 digit; you press 1"
        assert sentences[-2:] == ["waits 5 s for 2 digits, ended by #; nothing comes", "says: Nothing."]


async def test_speech_answers_a_gather_that_takes_it() -> None:
    """As SpeechResult."""
    async with running() as (app, standin):
        answer_steps(app, incoming='<Gather input="dtmf speech" action="menu"/>', menu="<Hangup/>")
        await place_call(standin, say=["the operator please"])
        assert fields_of(app, "menu", "SpeechResult", "Digits") == ("the operator please", "")


async def test_a_caller_who_hangs_up_ends_the_call() -> None:
    """No further document is requested."""
    async with running() as (app, standin):
        app.answers[VOICE + "incoming"] = MENU
        sentences = await place_call(standin, press=["hangup"])
        assert sentences[-1] == "you hang up"
        assert [request.path for request in app.requests] == ["/api/voice/incoming", "/api/status/call"]


async def test_a_rejected_call_was_never_answered() -> None:
    """Its duration is 0, and it ends as busy or no-answer."""
    async with running() as (app, standin):
        answer_steps(app, incoming='<Reject reason="busy"/>')
        assert await place_call(standin) == ["rejects the call (busy)"]
        (request,) = app.to("/api/status/call")
        assert (request.fields["CallStatus"], request.fields["CallDuration"]) == ("busy", "0")


async def test_a_text_sent_within_a_call_goes_to_the_caller() -> None:
    """<Sms> without `to` and `from` goes from the number to the caller."""
    async with running() as (app, standin):
        answer_steps(app, incoming="<Sms>The link</Sms>")
        await place_call(standin)
        (message,) = standin.account.messages.values()
        assert (message.to, message.sender, message.direction) == (PHONE, NUMBER, "outbound-call")


async def test_documents_that_go_in_circles_are_stopped() -> None:
    """After a hundred of them, and the transcript says so."""
    async with running() as (app, standin):
        answer_steps(app, incoming="<Redirect>incoming</Redirect>")
        sentences = await place_call(standin)
        assert len(app.to(VOICE + "incoming")) == 100
        assert "going in circles" in sentences[-1]


async def test_an_incoming_text_has_twilios_parameters() -> None:
    """Signed, with its SID under all its names, and its media."""
    async with running() as (app, standin):
        app.answers[TEXTS] = twiml("")
        await send_text(standin, "héllo", media=["https://e.com/cat.png"])
        (request,) = app.requests
        assert request.signed
        wanted = {
            "AccountSid": ACCOUNT,
            "From": PHONE,
            "To": NUMBER,
            "Body": "héllo",
            "NumSegments": "1",
            "NumMedia": "1",
            "MediaUrl0": "https://e.com/cat.png",
            "MediaContentType0": "image/png",
            "SmsStatus": "received",
        }
        assert wanted.items() <= request.fields.items()
        assert request.fields["MessageSid"] == request.fields["SmsMessageSid"] == request.fields["SmsSid"]
        assert "OptOutType" not in request.fields


async def test_an_answer_becomes_a_text_to_the_sender() -> None:
    """outbound-reply, from the number, delivered with its callbacks."""
    async with running() as (app, standin):
        app.answers[TEXTS] = twiml('<Message statusCallback="/cb"><Body>Hi</Body><Media>cat.png</Media></Message>')
        assert await send_text(standin, "hello") == [f"texts: Hi (with {app.url}/api/sms/cat.png)"]
        await eventually(lambda: len(app.to("/cb")) == 3)
        sent = [message for message in standin.account.messages.values() if message.direction == "outbound-reply"]
        assert [(message.to, message.sender, message.status) for message in sent] == [(PHONE, NUMBER, "delivered")]


async def test_a_redirected_text_is_posted_to_the_new_url() -> None:
    """With the same parameters, and the texts of both documents are sent."""
    async with running() as (app, standin):
        app.answers[TEXTS] = twiml("<Message>One</Message><Redirect>more</Redirect>")
        app.answers["/api/sms/more"] = twiml("<Message>Two</Message>")
        assert await send_text(standin, "hello") == ["texts: One", "texts: Two"]
        assert app.requests[1].fields["Body"] == "hello"


async def test_an_empty_answer_sends_nothing_and_says_so() -> None:
    """204 is as good as an empty document."""
    async with running() as (app, standin):
        app.answers.clear()
        assert await send_text(standin, "hello") == ["sends no text"]
        assert standin.wire.since(0)[0].problems == ()


async def test_an_opted_out_sender_gets_no_answer() -> None:
    """The app's own reply fails with 21610, as at Twilio."""
    async with running() as (app, standin):
        app.answers[TEXTS] = twiml("<Message>Bye</Message>")
        assert await send_text(standin, "STOP") == [
            f"texts: Bye – not sent: 21610 {PHONE} has opted out",
            "Twilio records the STOP, and answers it itself",
        ]
        assert [message.direction for message in standin.account.messages.values()] == ["inbound"]


async def test_advanced_opt_out_has_its_type() -> None:
    """OptOutType comes with the webhook, and counts as the word does."""
    async with running() as (app, standin):
        app.answers[TEXTS] = twiml("")
        await send_text(standin, "parar", opt_out="STOP")
        assert app.requests[0].fields["OptOutType"] == "STOP"
        assert standin.account.has_opted_out(PHONE, NUMBER)


async def test_a_failed_call_falls_back_to_the_numbers_own_url() -> None:
    """Once, with the error's code and URL; its answer is performed."""
    async with running_app() as app, StandIn(options(app, fallback_url=f"{app.url}/fallback")) as standin:
        app.answers[VOICE + "incoming"] = Canned(status=500)
        app.answers["/fallback"] = twiml("<Say>We are closed.</Say>")
        assert await place_call(standin) == ["says: We are closed."]
        (request,) = app.to("/fallback")
        assert (request.signed, request.fields["ErrorCode"]) == (True, "11200")
        assert request.fields["ErrorUrl"] == f"{app.url}/api/voice/incoming"


async def test_a_failed_text_falls_back_to_the_numbers_own_url() -> None:
    """As for a call; a second failure gets no further request."""
    async with running_app() as app, StandIn(options(app, fallback_url=f"{app.url}/fallback")) as standin:
        app.answers[TEXTS] = Canned(status=500)
        app.answers["/fallback"] = twiml("<Message>Later.</Message>")
        assert (await send_text(standin, "hello"))[-1] == "texts: Later."
        assert app.to("/fallback")[0].fields["ErrorCode"] == "11200"
        app.answers["/fallback"] = Canned(status=500)
        await send_text(standin, "hello")
        assert len(app.to("/fallback")) == 2


async def test_a_slow_answer_times_out() -> None:
    """After Twilio's limit the caller hears Twilio's apology."""
    async with running(patience=Patience(connect=1, answer=0.05)) as (app, standin):
        answer_steps(app, incoming="<Say>Hello.</Say>")
        app.seconds[VOICE + "incoming"] = 0.3
        (sentence,) = await place_call(standin)
        assert sentence.startswith('hears "an application error has occurred": 11200')
