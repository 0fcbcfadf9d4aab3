"""`/api/voice/*`: a call at each of its steps. No binding and no storage: a caller is on the line."""

from __future__ import annotations

from collections.abc import Callable

import azure.functions as func

from switchboard import prompts, services, voice
from switchboard.blueprints.webhook import twiml, verify, webhook
from switchboard.errors import SwitchboardError
from switchboard.voice import CallFlow
from switchboard.webhooks import IncomingCall

blueprint = func.Blueprint()


def apologise() -> func.HttpResponse:
    """TwiML that says we failed, in the caller's language as far as the settings can be read."""
    try:
        flow = services.current().flow
    except SwitchboardError:
        flow = CallFlow(prompts=prompts.ENGLISH)
    return twiml(voice.failure(flow))


async def answer(request: func.HttpRequest, step: Callable[[IncomingCall, CallFlow], str]) -> func.HttpResponse:
    """Read, check, call, answer: what every step does."""
    verified = await verify(request)
    call = IncomingCall.from_verified(verified)
    return twiml(step(call, services.current().flow))


@blueprint.route("voice/incoming", methods=["GET", "POST"], auth_level=func.AuthLevel.ANONYMOUS)
@webhook(apologise)
async def voice_incoming(req: func.HttpRequest) -> func.HttpResponse:
    """A call comes in."""
    return await answer(req, voice.incoming)


@blueprint.route("voice/menu", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@webhook(apologise)
async def voice_menu(req: func.HttpRequest) -> func.HttpResponse:
    """The caller chose, or did not."""
    return await answer(req, voice.menu)


@blueprint.route("voice/dialed", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@webhook(apologise)
async def voice_dialed(req: func.HttpRequest) -> func.HttpResponse:
    """The operator's call, or the wait in the queue, ended."""
    return await answer(req, voice.dialed)


@blueprint.route("voice/recorded", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@webhook(apologise)
async def voice_recorded(req: func.HttpRequest) -> func.HttpResponse:
    """The caller left a message."""
    return await answer(req, voice.recorded)


@blueprint.route("voice/hold", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@webhook(apologise)
async def voice_hold(req: func.HttpRequest) -> func.HttpResponse:
    """The caller waits in the queue."""
    return await answer(req, voice.hold)


@blueprint.route("voice/agent", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@webhook(apologise)
async def voice_agent(req: func.HttpRequest) -> func.HttpResponse:
    """An agent asks for the next caller."""
    return await answer(req, voice.agent)
