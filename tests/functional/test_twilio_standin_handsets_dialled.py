"""Handsets of the page that the app dials."""

from __future__ import annotations

import asyncio

import pytest

from tests.functional.page import CALLER, OPERATOR, SLOW_PROMPTS, at_the_page
from tests.functional.twilio_standin_app import (
    answer_steps,
    eventually,
    fields_of,
    place_call,
    rest,
    twiml,
)

DIAL = f'<Dial action="dialed" timeout="20">{OPERATOR}</Dial>'


async def test_a_handset_that_is_dialled_rings_and_answers() -> None:
    """Both screens show the connection and what the other says; a hang-up on either ends the call for both."""
    async with at_the_page() as (app, _, page):
        answer_steps(app, incoming=DIAL, dialed="<Hangup/>")
        await page.do(CALLER, "call")
        ringing = await page.until(OPERATOR, state="ringing")
        assert ringing["other"] == CALLER
        await page.do(OPERATOR, "answer")
        await page.until(OPERATOR, state="talking", connected=True)
        await page.until(CALLER, state="talking", connected=True)
        await page.do(CALLER, "say", text="Good morning")
        await page.do(OPERATOR, "hangup")
        await page.until(CALLER, state="ended")
        assert page.notes(OPERATOR, "other") == ["Good morning"]
        assert fields_of(app, "dialed", "DialCallStatus", "DialBridged") == ("completed", "true")


@pytest.mark.parametrize(("act", "status"), [("decline", "busy"), ("hangup", "busy"), (None, "no-answer")])
async def test_an_unanswered_handset_is_reported_to_the_action(act: str | None, status: str) -> None:
    """Declined is busy; left ringing it is no-answer when the Dial's time is up."""
    async with at_the_page() as (app, _, page):
        answer_steps(app, incoming=DIAL.replace("20", "5"), dialed="<Hangup/>")
        await page.do(CALLER, "call")
        await page.until(OPERATOR, state="ringing")
        if act:
            await page.do(OPERATOR, act)
        await page.until(OPERATOR, state="ended", ending=status)
        await page.until(CALLER, state="ended")
        assert fields_of(app, "dialed", "DialCallStatus") == (status,)


async def test_the_first_of_several_handsets_to_answer_gets_the_call() -> None:
    """The other stops ringing."""
    async with at_the_page(phones=(CALLER, OPERATOR, "+15005550008")) as (app, _, page):
        both = f'<Dial action="dialed"><Number>{OPERATOR}</Number><Number>+15005550008</Number></Dial>'
        answer_steps(app, incoming=both, dialed="<Hangup/>")
        await page.do(CALLER, "call")
        await page.until(OPERATOR, state="ringing")
        await page.until("+15005550008", state="ringing")
        await page.do("+15005550008", "answer")
        await page.until("+15005550008", connected=True)
        await page.until(OPERATOR, state="ended", ending="canceled")
        await page.do(CALLER, "hangup")
        await page.until("+15005550008", state="ended", ending="completed")


async def test_a_caller_who_gives_up_stops_the_ringing() -> None:
    """The action gets `canceled`, with a call that is completed."""
    async with at_the_page() as (app, _, page):
        answer_steps(app, incoming=DIAL, dialed="<Hangup/>")
        await page.do(CALLER, "call")
        await page.until(OPERATOR, state="ringing")
        await page.do(CALLER, "hangup")
        await page.until(OPERATOR, state="ended", ending="canceled")
        await eventually(lambda: bool(app.to("/api/voice/dialed")))
        assert fields_of(app, "dialed", "DialCallStatus", "CallStatus") == ("canceled", "completed")


async def test_a_star_ends_what_was_dialled_and_not_the_call() -> None:
    """With `hangupOnStar` the document continues for the caller."""
    async with at_the_page() as (app, _, page):
        answer_steps(app, incoming=f'<Dial hangupOnStar="true">{OPERATOR}</Dial><Say>Back.</Say>')
        await page.do(CALLER, "call")
        await page.until(OPERATOR, state="ringing")
        await page.do(OPERATOR, "answer")
        await page.until(CALLER, connected=True)
        await page.do(CALLER, "press", key="*")
        await page.until(OPERATOR, state="ended")
        await page.until(CALLER, state="ended")
        assert page.notes(CALLER, "say") == ["Back."]


async def test_a_dials_time_limit_ends_the_conversation() -> None:
    """`timeLimit` is the most that the two have."""
    async with at_the_page() as (app, _, page):
        answer_steps(app, incoming=DIAL.replace("timeout", 'timeLimit="1" timeout'), dialed="<Hangup/>")
        await page.do(CALLER, "call")
        await page.until(OPERATOR, state="ringing")
        await page.do(OPERATOR, "answer")
        await page.until(CALLER, state="ended")
        assert fields_of(app, "dialed", "DialCallStatus") == ("completed",)


async def test_a_callee_may_refuse_in_the_whisper_document() -> None:
    """Its Gather is on the dialled handset alone."""
    async with at_the_page() as (app, _, page):
        incoming = f'<Dial action="dialed"><Number url="whisper">{OPERATOR}</Number></Dial>'
        whisper = '<Gather numDigits="1" timeout="1"><Say>Press any key.</Say></Gather><Hangup/>'
        answer_steps(app, incoming=incoming, whisper=whisper, dialed="<Hangup/>")
        await page.do(CALLER, "call")
        await page.until(OPERATOR, state="ringing")
        await page.do(OPERATOR, "answer")
        await page.until(CALLER, state="ended")
        assert page.notes(OPERATOR, "say") == ["Press any key."]
        assert page.notes(CALLER, "say") == []
        assert fields_of(app, "dialed", "DialBridged") == ("false",)


async def test_a_handset_in_a_call_is_busy() -> None:
    """It can have one call at a time, incoming or outgoing."""
    async with at_the_page(pace=SLOW_PROMPTS) as (app, _, page):
        answer_steps(app, incoming=f'<Dial action="dialed">{CALLER}</Dial>', dialed='<Pause length="60"/>')
        await page.do(CALLER, "call")
        await eventually(lambda: bool(app.to("/api/voice/dialed")))
        assert fields_of(app, "dialed", "DialCallStatus") == ("busy",)
        assert await page.do(CALLER, "call") == 409


async def test_a_scripted_caller_rings_a_handset_of_the_page() -> None:
    """The script waits for the person, and speaks for as long as they do."""
    async with at_the_page() as (app, standin, page):
        answer_steps(app, incoming=DIAL, dialed="<Hangup/>")
        calling = asyncio.create_task(place_call(standin, **{"from": "+15005550007"}))
        await page.until(OPERATOR, state="ringing", other="+15005550007")
        await page.do(OPERATOR, "answer")
        await page.until(OPERATOR, connected=True)
        await page.do(OPERATOR, "hangup")
        assert f"is connected to {OPERATOR}" in await calling


async def test_a_calls_duration_begins_at_its_answer() -> None:
    """The ringing does not count."""
    async with at_the_page() as (app, standin, page):
        answer_steps(app, incoming=DIAL, dialed="<Hangup/>")
        await page.do(CALLER, "call")
        await page.until(OPERATOR, state="ringing")
        # Four seconds at this pace.
        await asyncio.sleep(0.4)
        await page.do(OPERATOR, "answer")
        await page.do(OPERATOR, "hangup")
        await page.until(CALLER, state="ended")
        (leg,) = (call for call in standin.account.calls.values() if call.parent_call_sid)
        assert leg.duration < 4
        assert fields_of(app, "dialed", "DialCallDuration") == (str(leg.duration),)


@pytest.mark.parametrize(("answered", "ending"), [(False, "canceled"), (True, "completed")])
async def test_a_call_that_the_rest_api_ends_is_over_on_both_handsets(answered: bool, ending: str) -> None:
    """While the other rings, and while they speak."""
    async with at_the_page() as (app, standin, page):
        answer_steps(app, incoming=DIAL)
        await page.do(CALLER, "call")
        await page.until(OPERATOR, state="ringing")
        if answered:
            await page.do(OPERATOR, "answer")
            await page.until(OPERATOR, connected=True)
        context = rest(standin).calls(page.screen(CALLER)["sid"])
        await asyncio.to_thread(context.update, status="completed")
        await page.until(OPERATOR, state="ended", ending=ending)
        await page.until(CALLER, state="ended", ending="completed")


async def test_a_call_that_is_redirected_leaves_its_conversation() -> None:
    """The new document is performed for the caller; the other side's call ends."""
    async with at_the_page() as (app, standin, page):
        answer_steps(app, incoming=DIAL)
        await page.do(CALLER, "call")
        await page.until(OPERATOR, state="ringing")
        await page.do(OPERATOR, "answer")
        await page.until(OPERATOR, connected=True)
        context = rest(standin).calls(page.screen(CALLER)["sid"])
        await asyncio.to_thread(context.update, twiml=twiml("<Say>Another time.</Say>"))
        await page.until(OPERATOR, state="ended", ending="completed")
        await page.until(CALLER, state="ended")
        assert page.notes(CALLER, "say") == ["Another time."]
