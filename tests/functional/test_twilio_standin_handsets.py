"""Calls with people at the page's handsets: what they do decides, and takes the time it takes."""

from __future__ import annotations

import asyncio

from tests.functional.page import CALLER, OPERATOR, SLOW_TO_HEAR, at_the_page, opened
from tests.functional.twilio_standin_app import NUMBER, answer_steps, place_call, rest, running, told, twiml

DIAL = f'<Dial action="dialed" timeout="20">{OPERATOR}</Dial>'


async def test_a_call_from_a_handset_is_heard_and_answered_with_keys() -> None:
    """Prompts stand in its transcript, and the key goes to the Gather's action."""
    async with at_the_page() as (app, _, page):
        answer_steps(
            app, incoming='<Gather numDigits="1" action="menu"><Say>Press one.</Say></Gather>', menu="<Hangup/>"
        )
        assert await page.do(CALLER, "call") == 200
        await page.until(CALLER, asks="keys", state="talking")
        await page.do(CALLER, "press", key="1")
        await page.until(CALLER, state="ended", ending="completed")
        assert told(app, "menu", "Digits", "From") == ("1", CALLER)
        assert page.notes(CALLER, "say") == ["Press one."]
        assert page.notes(CALLER, "you") == ["pressed 1"]


async def test_a_key_breaks_into_the_prompt() -> None:
    """The question is answered at once, whatever is still to be heard."""
    async with at_the_page(pace=SLOW_TO_HEAR) as (app, _, page):
        answer_steps(app, incoming='<Gather numDigits="1" action="menu"><Say>Long.</Say></Gather>', menu="<Hangup/>")
        await page.do(CALLER, "call")
        await page.until(CALLER, asks="keys")
        await page.do(CALLER, "press", key="2")
        await page.until(CALLER, state="ended")
        assert told(app, "menu", "Digits") == ("2",)


async def test_a_prompt_that_may_not_be_broken_into_is_heard_to_its_end() -> None:
    """`bargeIn="false"`: the key counts when the prompt is over."""
    async with at_the_page(pace=SLOW_TO_HEAR) as (app, _, page):
        gather = '<Gather numDigits="1" bargeIn="false" action="menu"><Say>Long.</Say></Gather>'
        answer_steps(app, incoming=gather, menu="<Hangup/>")
        await page.do(CALLER, "call")
        await page.until(CALLER, asks="keys")
        await page.do(CALLER, "press", key="2")
        await asyncio.sleep(0.05)
        assert app.to("/api/voice/menu") == []
        await page.do(CALLER, "skip")
        await page.until(CALLER, state="ended")
        assert told(app, "menu", "Digits") == ("2",)


async def test_keys_pressed_one_after_the_other_are_one_answer() -> None:
    """Until the finishing key, which is not part of it."""
    async with at_the_page() as (app, _, page):
        answer_steps(app, incoming='<Gather finishOnKey="#" action="menu"/>', menu="<Hangup/>")
        await page.do(CALLER, "call")
        await page.until(CALLER, asks="keys")
        for key in "47#":
            await page.do(CALLER, "press", key=key)
        await page.until(CALLER, state="ended")
        assert told(app, "menu", "Digits", "FinishedOnKey") == ("47", "#")


async def test_nothing_pressed_in_time_lets_the_document_go_on() -> None:
    """The Gather's timeout is waited for, and no longer."""
    async with at_the_page() as (app, _, page):
        answer_steps(app, incoming='<Gather timeout="1" action="menu"/><Say>Nothing came.</Say>')
        await page.do(CALLER, "call")
        await page.until(CALLER, state="ended")
        assert page.notes(CALLER, "say") == ["Nothing came."]


async def test_a_sentence_answers_a_question_that_takes_speech() -> None:
    """What is typed is what was said."""
    async with at_the_page() as (app, _, page):
        answer_steps(app, incoming='<Gather input="dtmf speech" action="menu"/>', menu="<Hangup/>")
        await page.do(CALLER, "call")
        await page.until(CALLER, asks="keys speech")
        await page.do(CALLER, "say", text="the operator please")
        await page.until(CALLER, state="ended")
        assert told(app, "menu", "SpeechResult") == ("the operator please",)


async def test_a_call_from_the_app_rings_a_handset_until_its_timeout() -> None:
    """The REST API's Timeout is how long it rings; answered, its owner hears the call's document."""
    async with at_the_page() as (_, standin, page):
        calls = rest(standin).calls
        document = twiml("<Say>Your appointment.</Say>")
        await asyncio.to_thread(calls.create, to=CALLER, from_=NUMBER, twiml=document, timeout=2)
        await page.until(CALLER, state="ended", ending="no-answer")
        await asyncio.to_thread(calls.create, to=CALLER, from_=NUMBER, twiml=document)
        await page.until(CALLER, state="ringing")
        await page.do(CALLER, "answer")
        await page.until(CALLER, state="ended", ending="completed")
        assert page.notes(CALLER, "say") == ["Your appointment."]


async def test_a_page_that_opens_later_is_told_all() -> None:
    """Handsets with their calls, texts, the wire: what the first page has seen."""
    async with at_the_page() as (app, standin, page):
        answer_steps(app, incoming='<Pause length="60"/>')
        await page.do(CALLER, "call")
        await page.until(CALLER, state="talking")
        async with opened(standin) as second:
            assert second.screen(CALLER)["state"] == "talking"
            assert second.snapshot["wire"][0]["path"] == "/api/voice/incoming"
            assert second.snapshot["number"] == NUMBER
            assert "token-of-the-account" not in str(second.snapshot)


async def test_a_handset_is_answered_by_its_script_when_nobody_has_the_page_open() -> None:
    """The page's handsets ring only for somebody who can see them."""
    async with running(phones=(CALLER, OPERATOR)) as (app, standin):
        answer_steps(app, incoming=DIAL, dialed="<Hangup/>")
        sentences = await place_call(standin, **{"from": "+15005550007"})
        assert f"is connected to {OPERATOR}, for 10 s" in sentences
