"""`/api/voice/*`: a call at each of its steps. Depends on no storage: a caller is on the line."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import azure.functions as func

from switchboard.blueprints.webhook import apologize, twiml, verify, webhook

if TYPE_CHECKING:
    from switchboard.voice.call_flow import CallFlow
    from switchboard.webhooks import IncomingCall

blueprint = func.Blueprint()


async def answer(request: func.HttpRequest, step: str) -> func.HttpResponse:
    """Verifies the request and answers it by a step of the call flow."""
    verified = await verify(request)

    from switchboard import services
    from switchboard.voice import call_flow
    from switchboard.webhooks import IncomingCall

    run: Callable[[IncomingCall, CallFlow], str] = getattr(call_flow, step)
    return twiml(run(IncomingCall.from_verified(verified), services.current().flow))


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
    """The operator's call, or the wait in the queue, ended."""
    return await answer(req, "dialed")


@blueprint.route("voice/recorded", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@webhook(apologize)
async def voice_recorded(req: func.HttpRequest) -> func.HttpResponse:
    """The caller left a message."""
    return await answer(req, "recorded")


@blueprint.route("voice/hold", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@webhook(apologize)
async def voice_hold(req: func.HttpRequest) -> func.HttpResponse:
    """The caller waits in the queue."""
    return await answer(req, "hold")


@blueprint.route("voice/agent", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@webhook(apologize)
async def voice_agent(req: func.HttpRequest) -> func.HttpResponse:
    """An agent asks for the next caller."""
    return await answer(req, "agent")
