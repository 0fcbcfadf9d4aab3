"""`/api/voice/*`: a call at each of its routes. Depends on no storage: a caller is on the line."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import azure.functions as func

from switchboard.blueprints.webhook import apologize, twiml, verify, webhook
from switchboard.errors import describe

if TYPE_CHECKING:
    from switchboard.form import Form, Verified
    from switchboard.voice import VoiceRequest

# How long a caller waits until an event of a queue is published. Twilio itself waits 15 s.
PUBLISH_SECONDS = 2

logger = logging.getLogger(__name__)

blueprint = func.Blueprint()


async def answer(request: func.HttpRequest, route: str) -> func.HttpResponse:
    """Verifies the request, publishes what it says of a queue, and answers it by the interpreter of numbers.toml."""
    verified = await verify(request)
    read = read_request(verified)
    if route in ("hold", "dialed"):
        await asyncio.gather(publish_queue_event(route, read, verified.form), ring_browsers(route, read))
    return twiml(document(route, read))


def read_request(verified: Verified) -> VoiceRequest:
    """Returns what the interpreter works on."""
    from switchboard import services
    from switchboard.voice import VoiceRequest
    from switchboard.webhooks import IncomingCall

    current = services.current()
    call = IncomingCall.from_verified(verified)
    return VoiceRequest.of(
        call, verified.query, current.numbers, current.hours_clock.now(), current.settings.public_origin
    )


def document(route: str, request: VoiceRequest) -> str:
    """Returns the TwiML; an apology in the call's language when that fails."""
    from switchboard import voice

    try:
        return voice.answer(route, request)
    except Exception as error:
        logger.error("event=webhook_failed function=voice_%s error=%s", route, describe(error))
        return voice.failure(request.sentences)


async def publish_queue_event(route: str, request: VoiceRequest, form: Form) -> None:
    """Publishes `queue.waiting` or `queue.left`. A failure is logged only: the caller on the line hears an answer."""
    from switchboard import services
    from switchboard.voice import queue_events

    event = queue_events.of(route, request, form)
    if event is None:
        return
    try:
        async with asyncio.timeout(PUBLISH_SECONDS):
            await services.current().events.publish(event)
    except Exception as error:
        logger.error("event=queue_event_failed id=%s error=%s", event.id, describe(error))


async def ring_browsers(route: str, request: VoiceRequest) -> None:
    """Rings the browsers of a queue's agents for a caller who has just joined it. A failure is logged only.

    Without a TwiML app there is no softphone that could answer.
    """
    from switchboard import services

    current = services.current()
    if route != "hold" or request.state.again or not current.settings.twiml_app_sid:
        return
    from switchboard.queues import CALL_OUTBOX, encode
    from switchboard.voice import queue_ringing

    try:
        agents = queue_ringing.agents_to_ring(request)
        shown = queue_ringing.caller_id(request, current.settings.sender)
        if agents and not shown:
            logger.warning("event=queue_not_rung call=%s reason=no_caller_id", request.call.sid)
            return
        bodies = [encode(command) for command in queue_ringing.commands(request, agents, shown)]
        lives = queue_ringing.LIVES_SECONDS
        async with asyncio.timeout(PUBLISH_SECONDS):
            await asyncio.gather(*(current.queues.put(CALL_OUTBOX, body, time_to_live=lives) for body in bodies))
    except Exception as error:
        logger.error("event=queue_ring_failed call=%s error=%s", request.call.sid, describe(error))


@blueprint.route("voice/incoming", methods=["GET", "POST"], auth_level=func.AuthLevel.ANONYMOUS)
@webhook(apologize)
async def voice_incoming(req: func.HttpRequest) -> func.HttpResponse:
    """A call comes in."""
    return await answer(req, "incoming")


@blueprint.route("voice/menu", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@webhook(apologize)
async def voice_menu(req: func.HttpRequest) -> func.HttpResponse:
    """The caller made a choice, or none."""
    return await answer(req, "menu")


@blueprint.route("voice/dialed", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@webhook(apologize)
async def voice_dialed(req: func.HttpRequest) -> func.HttpResponse:
    """A call to agents, or the wait in a queue, ended."""
    return await answer(req, "dialed")


@blueprint.route("voice/recorded", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@webhook(apologize)
async def voice_recorded(req: func.HttpRequest) -> func.HttpResponse:
    """The caller left a message."""
    return await answer(req, "recorded")


@blueprint.route("voice/hold", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@webhook(apologize)
async def voice_hold(req: func.HttpRequest) -> func.HttpResponse:
    """The caller waits in a queue."""
    return await answer(req, "hold")


@blueprint.route("voice/agent", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@webhook(apologize)
async def voice_agent(req: func.HttpRequest) -> func.HttpResponse:
    """An agent enters a PIN, asks for the next caller, or has talked to one."""
    return await answer(req, "agent")


@blueprint.route("voice/screen", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@webhook(apologize)
async def voice_screen(req: func.HttpRequest) -> func.HttpResponse:
    """An agent's phone answered: a person accepts by a key."""
    return await answer(req, "screen")
