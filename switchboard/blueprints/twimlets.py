"""`/api/twimlets/*`: small call flows that a URL's parameters describe. No binding: a caller is on the line."""

from __future__ import annotations

import asyncio
import logging
import re

import azure.functions as func

from switchboard import services
from switchboard.blueprints.voice import apologise
from switchboard.blueprints.webhook import sentence, twiml, verify, webhook
from switchboard.errors import ConfigurationError, describe
from switchboard.events import Event
from switchboard.outbox import publish
from switchboard.twimlets import TWIMLETS, page
from switchboard.twimlets.answer import Answer
from switchboard.twimlets.parameters import Parameters
from switchboard.twimlets.twimlet import Twimlet

# How long a caller waits for an event to be taken. Twilio itself gives up after 15 s.
TELLING_SECONDS = 2

logger = logging.getLogger(__name__)

blueprint = func.Blueprint()


async def decide(chosen: Twimlet, asked: Parameters) -> Answer:
    """What a Twimlet answers, once all that it depends on is known."""
    answer = chosen.answer(asked)
    if not isinstance(answer, Answer):
        answer = answer.then(await services.current().hold_music.keys(answer.bucket))
    for problem in asked.problems:
        logger.warning("event=twimlet_parameter_refused twimlet=%s problem=%s", chosen.name, problem)
    return answer


async def tell(event: Event) -> None:
    """Put an event onto `events`. When that fails it is logged: the caller, who is on the line, cannot help it."""
    try:
        async with asyncio.timeout(TELLING_SECONDS):
            await publish(services.current().outbox, event)
    except Exception as error:
        recording = event.sid if re.fullmatch("RE[0-9a-f]{32}", event.sid) else "unknown"
        logger.error("event=voicemail_event_failed recording=%s error=%s", recording, describe(error))


def respond(answer: Answer) -> func.HttpResponse:
    """TwiML, a place to go on at, or an empty document."""
    if answer.location:
        return func.HttpResponse(status_code=302, headers={"Location": answer.location})
    return twiml(answer.document)


@blueprint.route("twimlets/{name}", methods=["GET", "POST"], auth_level=func.AuthLevel.ANONYMOUS)
@webhook(apologise)
async def twimlet(req: func.HttpRequest) -> func.HttpResponse:
    """One of the eleven. Who is not Twilio does not learn which there are."""
    verified = await verify(req)
    chosen = TWIMLETS.get(req.route_params.get("name", ""))
    if chosen is None:
        return sentence(404, f"There is no such Twimlet. There are: {', '.join(TWIMLETS)}.")
    answer = await decide(chosen, Parameters(verified.query, verified.form))
    if answer.event is not None:
        await tell(answer.event)
    return respond(answer)


@blueprint.route("twimlets", methods=["GET"], auth_level=func.AuthLevel.FUNCTION)
async def twimlets_page(req: func.HttpRequest) -> func.HttpResponse:
    """A form that builds a Twimlet's URL, for a person with a function key."""
    try:
        origin = services.current().settings.public_origin
    except ConfigurationError as unready:
        logger.error("event=page_unready function=twimlets_page error=%s", describe(unready))
        return sentence(503, "Not ready: see the log, or /api/health.")
    shown = page.render(origin)
    return func.HttpResponse(shown.html, mimetype="text/html", headers=dict(shown.headers))
