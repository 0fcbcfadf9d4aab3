"""Calls with people at the page's handsets: what they do decides, and takes the time it takes."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import aiohttp

from tests.functional.page import CALLER, OPERATOR, SLOW_TO_HEAR, at_the_page, opened
from tests.functional.twilio_standin_app import (
    NUMBER,
    answer_steps,
    eventually,
    place_call,
    post,
    rest,
    running,
    told,
    twiml,
)

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
    async with at_the_page(pace=SLOW_TO_HEAR) as (app, standin, page):
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


async def test_a_page_that_is_closed_hangs_up() -> None:
    """A moment later; a page that is opened again within that finds the call as it was."""
    pace = replace(SLOW_TO_HEAR, grace=1)
    async with running(pace=pace) as (app, standin):
        answer_steps(app, incoming='<Pause length="600"/>')
        async with opened(standin) as page:
            await page.do(CALLER, "call")
            await page.until(CALLER, state="talking")
        async with opened(standin) as page:
            await eventually(lambda: standin.page_handsets.pages == 1)
            assert page.screen(CALLER)["state"] == "talking"
        assert standin.page_handsets.find_interactive(CALLER)
        await eventually(lambda: all(call.ended for call in standin.account.calls.values()))
        assert standin.page_handsets.find_interactive(CALLER) is None


async def test_handsets_come_and_go() -> None:
    """Any number of them; one that goes hangs up, and the app's own number can be none."""
    async with at_the_page(pace=SLOW_TO_HEAR) as (app, standin, page):
        answer_steps(app, incoming='<Pause length="600"/>')
        assert (await post(standin, "/standin/phones", {"number": "+1 500 555 0010"}))[0] == 200
        await page.do("+15005550010", "call")
        await page.until("+15005550010", state="talking")
        async with aiohttp.ClientSession() as session:
            await session.delete(f"{standin.url}/standin/phones/+15005550010")
        await eventually(lambda: all(call.ended for call in standin.account.calls.values()))
        assert page.of_kind("unplugged") == [{"number": "+15005550010"}]
        assert await page.do("+15005550010", "call") == 400
        status, answer = await post(standin, "/standin/phones", {"number": NUMBER})
        assert (status, answer) == (400, {"error": f"number: {NUMBER} is the app's own"})


async def test_what_makes_no_sense_is_refused_in_words() -> None:
    """A key that no phone has, nothing said, and doings without a call."""
    async with at_the_page(pace=SLOW_TO_HEAR) as (app, standin, page):
        answer_steps(app, incoming='<Pause length="600"/>')
        at = f"/standin/phones/{CALLER}/"
        assert await post(standin, at + "hangup", {}) == (409, {"error": f"{CALLER} is in no call"})
        await page.do(CALLER, "call")
        await page.until(CALLER, state="talking")
        wrong = {"error": "key: one of 0 to 9, * and # is wanted, not 'A'"}
        assert await post(standin, at + "press", {"key": "A"}) == (400, wrong)
        assert await post(standin, at + "say", {"text": " "}) == (400, {"error": "text: something to say is wanted"})


async def test_texts_and_deliveries_are_told_as_they_change() -> None:
    """Each state of a text, and of the command that sent it."""
    async with at_the_page() as (app, standin, page):
        callback = f"{app.url}/cb"
        wanted = {"to": CALLER, "from_": NUMBER, "body": "Hi", "status_callback": callback}
        await asyncio.to_thread(rest(standin).messages.create, **wanted)
        told_of = await page.until_told("delivery", 4)
        assert [delivery["state"] for delivery in told_of] == ["queued", "sending", "sent", "delivered"]
        states = [message["status"] for message in page.of_kind("message")]
        assert states == ["queued", "sending", "sent", "delivered"]
        assert [entry["status"] for entry in page.of_kind("wire")] == [201, 204, 204, 204]
