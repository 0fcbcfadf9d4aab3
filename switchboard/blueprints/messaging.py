"""`/api/sms/incoming`: a text comes in. It is told on `events` before it is answered: nobody else holds it.

A STOP or START is written down first. Twilio comes again when either cannot be done.
"""

from __future__ import annotations

import logging

import azure.functions as func

from switchboard import messaging, services
from switchboard.blueprints.webhook import sentence, twiml, verify, webhook
from switchboard.errors import describe
from switchboard.events import text_received
from switchboard.opt_outs import keyword
from switchboard.outbox import EVENTS
from switchboard.webhooks import IncomingMessage

logger = logging.getLogger(__name__)

blueprint = func.Blueprint()


def fail() -> func.HttpResponse:
    """5xx: the text could not be told on `events`, so Twilio shall come again or ask the fallback URL."""
    return sentence(500, "The text could not be taken: see the log.")


def answer(message: IncomingMessage) -> func.HttpResponse:
    """The answer of messaging.py; silence when that fails, because the text itself is safe."""
    try:
        return twiml(messaging.incoming(message, services.current().flow.prompts))
    except Exception as error:
        logger.error("event=webhook_failed function=sms_incoming error=%s", describe(error))
        return twiml(messaging.SILENCE)


@blueprint.route("sms/incoming", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@blueprint.queue_output(arg_name="events", queue_name=EVENTS, connection="AzureWebJobsStorage")
@webhook(fail)
async def sms_incoming(req: func.HttpRequest, events: func.Out[str]) -> func.HttpResponse:
    """A text comes in."""
    verified = await verify(req)
    message = IncomingMessage.from_form(verified.form)
    if keyword(message):
        await services.current().opt_out_desk.hear(message)
    events.set(text_received(message).to_json())
    return answer(message)
