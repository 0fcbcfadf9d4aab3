"""Calls at the page's handsets, where a person decides, in real time."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from tests.functional.page import CALLER, OPERATOR, SLOW_PROMPTS, at_the_page, opened
from tests.functional.twilio_standin_app import (
    NUMBER,
    answer_steps,
    eventually,
    fields_of,
    place_call,
    post,
    rest,
    running,
    session_with_key,
    twiml,
)

DIAL = f'<Dial action="dialed" timeout="20">{OPERATOR}</Dial>'


async def test_a_call_from_a_handset_has_prompts_and_takes_keys() -> None:
    """Prompts stand in its transcript, and the key goes to the Gather's action."""
    async with at_the_page() as (app, _, page):
        answer_steps(
            app, incoming='<Gather numDigits="1" action="menu"><Say>Press one.</Say></Gather>', menu="<Hangup/>"
        )
        assert await page.do(CALLER, "call") == 200
        await page.until(CALLER, asks="keys", state="talking")
        await page.do(CALLER, "press", key="1")
        await page.until(CALLER, state="ended", ending="completed")
        assert fields_of(app, "menu", "Digits", "From") == ("1", CALLER)
        assert page.notes(CALLER, "say") == ["Press one."]
        assert page.notes(CALLER, "you") == ["pressed 1"]


async def test_a_key_interrupts_the_prompt() -> None:
    """The Gather ends at once, and the rest of the prompt is not played."""
    async with at_the_page(pace=SLOW_PROMPTS) as (app, _, page):
        answer_steps(app, incoming='<Gather numDigits="1" action="menu"><Say>Long.</Say></Gather>', menu="<Hangup/>")
        await page.do(CALLER, "call")
        await page.until(CALLER, asks="keys")
        await page.do(CALLER, "press", key="2")
        await page.until(CALLER, state="ended")
        assert fields_of(app, "menu", "Digits") == ("2",)


async def test_a_prompt_without_barge_in_is_played_to_its_end() -> None:
    """`bargeIn="false"`: the key counts when the prompt is over."""
    async with at_the_page(pace=SLOW_PROMPTS) as (app, _, page):
        gather = '<Gather numDigits="1" bargeIn="false" action="menu"><Say>Long.</Say></Gather>'
        answer_steps(app, incoming=gather, menu="<Hangup/>")
        await page.do(CALLER, "call")
        await page.until(CALLER, asks="keys")
        await page.do(CALLER, "press", key="2")
        await asyncio.sleep(0.05)
        assert app.to("/api/voice/menu") == []
        await page.do(CALLER, "skip")
        await page.until(CALLER, state="ended")
        assert fields_of(app, "menu", "Digits") == ("2",)


async def test_keys_pressed_one_after_the_other_are_one_input() -> None:
    """Until the finishing key, which is not part of it."""
    async with at_the_page() as (app, _, page):
        answer_steps(app, incoming='<Gather finishOnKey="#" action="menu"/>', menu="<Hangup/>")
        await page.do(CALLER, "call")
        await page.until(CALLER, asks="keys")
        for key in "47#":
            await page.do(CALLER, "press", key=key)
        await page.until(CALLER, state="ended")
        assert fields_of(app, "menu", "Digits", "FinishedOnKey") == ("47", "#")


async def test_the_document_continues_when_nothing_is_pressed_in_time() -> None:
    """After the Gather's timeout, and no later."""
    async with at_the_page() as (app, _, page):
        answer_steps(app, incoming='<Gather timeout="1" action="menu"/><Say>Nothing came.</Say>')
        await page.do(CALLER, "call")
        await page.until(CALLER, state="ended")
        assert page.notes(CALLER, "say") == ["Nothing came."]


async def test_a_sentence_is_speech_for_a_gather() -> None:
    """The typed text is the SpeechResult."""
    async with at_the_page() as (app, _, page):
        answer_steps(app, incoming='<Gather input="dtmf speech" action="menu"/>', menu="<Hangup/>")
        await page.do(CALLER, "call")
        await page.until(CALLER, asks="keys speech")
        await page.do(CALLER, "say", text="the operator please")
        await page.until(CALLER, state="ended")
        assert fields_of(app, "menu", "SpeechResult") == ("the operator please",)


async def test_a_call_from_the_app_rings_a_handset_until_its_timeout() -> None:
    """It rings for the REST API's Timeout; after the answer the call's document is performed."""
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


async def test_a_page_that_opens_later_gets_a_full_snapshot() -> None:
    """Handsets with their calls, texts, the wire: as on the first page."""
    async with at_the_page(pace=SLOW_PROMPTS) as (app, standin, page):
        answer_steps(app, incoming='<Pause length="60"/>')
        await page.do(CALLER, "call")
        await page.until(CALLER, state="talking")
        async with opened(standin) as second:
            assert second.screen(CALLER)["state"] == "talking"
            assert second.snapshot["wire"][0]["path"] == "/api/voice/incoming"
            assert second.snapshot["number"] == NUMBER
            assert "token-of-the-account" not in str(second.snapshot)


async def test_a_script_answers_a_handset_without_an_open_page() -> None:
    """The page's handsets ring only on an open page."""
    async with running(phones=(CALLER, OPERATOR)) as (app, standin):
        answer_steps(app, incoming=DIAL, dialed="<Hangup/>")
        sentences = await place_call(standin, **{"from": "+15005550007"})
        assert f"is connected to {OPERATOR}, for 10 s" in sentences


async def test_a_page_that_is_closed_hangs_up() -> None:
    """A moment later; a page that is opened again within that time keeps the call."""
    pace = replace(SLOW_PROMPTS, grace=1)
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


async def test_handsets_are_added_and_removed() -> None:
    """Removing one hangs up its call; the app's own number cannot be added."""
    async with at_the_page(pace=SLOW_PROMPTS) as (app, standin, page):
        answer_steps(app, incoming='<Pause length="600"/>')
        assert (await post(standin, "/standin/phones", {"number": "+1 500 555 0010"}))[0] == 200
        await page.do("+15005550010", "call")
        await page.until("+15005550010", state="talking")
        async with session_with_key(standin) as session:
            await session.delete(f"{standin.url}/standin/phones/+15005550010")
        await eventually(lambda: all(call.ended for call in standin.account.calls.values()))
        assert page.of_kind("unplugged") == [{"number": "+15005550010"}]
        assert await page.do("+15005550010", "call") == 400
        status, answer = await post(standin, "/standin/phones", {"number": NUMBER})
        assert (status, answer) == (400, {"error": f"number: {NUMBER} is the app's own"})


async def test_an_invalid_action_is_refused_with_a_sentence() -> None:
    """An unknown key, an empty text, and actions without a call."""
    async with at_the_page(pace=SLOW_PROMPTS) as (app, standin, page):
        answer_steps(app, incoming='<Pause length="600"/>')
        at = f"/standin/phones/{CALLER}/"
        assert await post(standin, at + "hangup", {}) == (409, {"error": f"{CALLER} is in no call"})
        await page.do(CALLER, "call")
        await page.until(CALLER, state="talking")
        wrong = {"error": "key: one of 0 to 9, * and # is wanted, not 'A'"}
        assert await post(standin, at + "press", {"key": "A"}) == (400, wrong)
        assert await post(standin, at + "say", {"text": " "}) == (400, {"error": "text: something to say is wanted"})


async def test_changes_of_texts_and_deliveries_are_published() -> None:
    """Each state of a text, and of the command that sent it."""
    async with at_the_page() as (app, standin, page):
        callback = f"{app.url}/cb"
        wanted = {"to": CALLER, "from_": NUMBER, "body": "Hi", "status_callback": callback}
        await asyncio.to_thread(rest(standin).messages.create, **wanted)
        published = await page.until_published("delivery", 4)
        assert [delivery["state"] for delivery in published] == ["queued", "sending", "sent", "delivered"]
        states = [message["status"] for message in page.of_kind("message")]
        assert states == ["queued", "sending", "sent", "delivered"]
        assert [entry["status"] for entry in page.of_kind("wire")] == [201, 204, 204, 204]
