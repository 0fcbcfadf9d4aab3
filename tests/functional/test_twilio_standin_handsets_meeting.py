"""Handsets of the page in a queue or a conference."""

from __future__ import annotations

from tests.functional.page import CALLER, OPERATOR, SLOW_PROMPTS, at_the_page
from tests.functional.twilio_standin_app import answer_steps, eventually, fields_of


async def test_an_agent_takes_the_caller_out_of_the_queue() -> None:
    """Both actions report the conversation after the agent hangs up."""
    async with at_the_page() as (app, _, page):
        hold = '<Enqueue action="dialed" waitUrl="hold">support</Enqueue>'
        answer_steps(app, incoming=hold, hold="<Play>music.mp3</Play>", dialed="<Hangup/>")
        await page.do(CALLER, "call")
        await eventually(lambda: bool(app.to("/api/voice/hold")))
        answer_steps(app, incoming='<Dial action="agent"><Queue>support</Queue></Dial>', agent="<Hangup/>")
        await page.do(OPERATOR, "call")
        await page.until(CALLER, connected=True)
        await page.until(OPERATOR, connected=True)
        await page.do(OPERATOR, "hangup")
        await page.until(CALLER, state="ended")
        assert fields_of(app, "agent", "DialCallStatus", "CallStatus") == ("completed", "completed")
        assert fields_of(app, "dialed", "QueueResult") == ("bridged",)


async def test_a_caller_leaves_the_queue_by_hanging_up() -> None:
    """While music plays; the action gets `hangup`."""
    async with at_the_page(pace=SLOW_PROMPTS) as (app, _, page):
        hold = '<Enqueue action="dialed" waitUrl="hold">support</Enqueue>'
        answer_steps(app, incoming=hold, hold="<Play>music.mp3</Play>", dialed="<Hangup/>")
        await page.do(CALLER, "call")
        await page.until(CALLER, music=True)
        await page.do(CALLER, "hangup")
        await page.until(CALLER, state="ended", music=False)
        assert fields_of(app, "dialed", "QueueResult") == ("hangup",)


async def test_two_handsets_are_connected_in_a_conference() -> None:
    """The first has hold music; the second starts the conference, and they leave one by one."""
    async with at_the_page() as (app, _, page):
        room = '<Dial action="left"><Conference waitUrl="hold">Room</Conference></Dial>'
        answer_steps(app, incoming=room, hold='<Play loop="5">music.mp3</Play>', left="<Hangup/>")
        await page.do(CALLER, "call")
        await eventually(lambda: bool(app.to("/api/voice/hold")))
        assert page.screen(CALLER)["connected"] is False
        await page.do(OPERATOR, "call")
        await page.until(CALLER, connected=True)
        await page.until(OPERATOR, connected=True)
        await page.do(OPERATOR, "say", text="Hello room")
        await page.do(OPERATOR, "hangup")
        await page.until(OPERATOR, state="ended")
        assert page.screen(CALLER)["state"] == "talking"
        assert page.notes(CALLER, "other") == ["Hello room"]


async def test_a_conference_ends_for_all_with_end_on_exit() -> None:
    """`endConferenceOnExit`: the documents of the others continue."""
    async with at_the_page() as (app, _, page):
        answer_steps(app, incoming='<Dial action="left"><Conference>Room</Conference></Dial>', left="<Hangup/>")
        await page.do(CALLER, "call")
        await page.until(CALLER, state="talking")
        chair = '<Dial action="left"><Conference endConferenceOnExit="true">Room</Conference></Dial>'
        answer_steps(app, incoming=chair)
        await page.do(OPERATOR, "call")
        await page.until(CALLER, connected=True)
        await page.do(OPERATOR, "hangup")
        await page.until(CALLER, state="ended")
