"""`/api/twimlets/*`: small call flows configured by the parameters of their URL. Depends on no storage."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import azure.functions as func

from switchboard.blueprints.webhook import apologize, sentence, twiml, verify, webhook
from switchboard.errors import ConfigurationError, describe

if TYPE_CHECKING:
    from switchboard.twimlets.answer import Answer
    from switchboard.twimlets.parameters import Parameters
    from switchboard.twimlets.twimlet import Twimlet

logger = logging.getLogger(__name__)

blueprint = func.Blueprint()


async def answer(twimlet: Twimlet, parameters: Parameters) -> Answer:
    """Returns the answer of a Twimlet, after reading the bucket that it depends on."""
    from switchboard import services
    from switchboard.twimlets.answer import Answer

    found = twimlet.answer(parameters)
    if not isinstance(found, Answer):
        found = found.then(await services.current().hold_music.keys(found.bucket))
    for problem in parameters.problems:
        logger.warning("event=twimlet_parameter_refused twimlet=%s problem=%s", twimlet.name, problem)
    return found


def respond(found: Answer) -> func.HttpResponse:
    """Returns the HTTP response: TwiML, a redirect, or an empty document."""
    if found.location:
        return func.HttpResponse(status_code=307 if found.keeps_method else 302, headers={"Location": found.location})
    return twiml(found.document)


@blueprint.route("twimlets/{name}", methods=["GET", "POST"], auth_level=func.AuthLevel.ANONYMOUS)
@webhook(apologize)
async def twimlet(req: func.HttpRequest) -> func.HttpResponse:
    """Answers as one of the eleven. An unsigned request does not learn which Twimlets exist."""
    verified = await verify(req)

    from switchboard.twimlets import TWIMLETS
    from switchboard.twimlets.parameters import Parameters

    chosen = TWIMLETS.get(req.route_params.get("name", ""))
    if chosen is None:
        return sentence(404, f"There is no such Twimlet. There are: {', '.join(TWIMLETS)}.")
    return respond(await answer(chosen, Parameters(verified.query, verified.form)))


@blueprint.route("twimlets", methods=["GET"], auth_level=func.AuthLevel.FUNCTION)
async def twimlets_page(req: func.HttpRequest) -> func.HttpResponse:
    """Returns a form that builds a Twimlet's URL, for a person with a function key."""
    from switchboard import services
    from switchboard.twimlets import page

    try:
        settings = services.current().settings
    except ConfigurationError as unready:
        logger.error("event=page_unready function=twimlets_page error=%s", describe(unready))
        return sentence(503, "Not ready: see the log, or /api/health.")
    shown = page.render(settings.public_origin, settings.api_base_url)
    return func.HttpResponse(shown.html, mimetype="text/html", headers=dict(shown.headers))
