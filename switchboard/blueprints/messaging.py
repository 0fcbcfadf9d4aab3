"""`/api/sms/incoming`: a text comes in. Its event is published before the answer, because nobody else has its data.

A STOP or START is recorded first. Twilio repeats the webhook when either fails.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING

import azure.functions as func

from switchboard.blueprints.webhook import PUBLISH_SECONDS, flow_twiml, sentence, twiml, verify, webhook
from switchboard.errors import describe

if TYPE_CHECKING:
    from switchboard.webhooks import IncomingMessage

# Within this a text flow must answer, counted from the webhook's begin. Twilio waits 15 s.
FLOW_SECONDS = 12

logger = logging.getLogger(__name__)

blueprint = func.Blueprint()


def fail() -> func.HttpResponse:
    """Returns 500: Twilio repeats the webhook, or requests the fallback URL."""
    return sentence(500, "The text could not be processed: see the log.")


async def record(message: IncomingMessage) -> None:
    """Records an opt-out keyword, publishes the text, and then cancels what is scheduled for a recipient who opted out.

    Raises TimeoutError after PUBLISH_SECONDS. Twilio repeats the webhook, and each part may be repeated.
    """
    from switchboard import services

    current = services.current()
    is_opt_out = message.opt_out_keyword in ("STOP", "START")
    async with asyncio.timeout(PUBLISH_SECONDS):
        if is_opt_out:
            from switchboard.delivery import opt_outs

            await opt_outs.record_keyword(current.ledger_context, message)
        await current.events.publish(message.to_event())
        if message.opt_out_keyword == "STOP":
            await opt_outs.cancel_after_stop(current.delivery_context, message)


async def answer(message: IncomingMessage, ends_at: float) -> func.HttpResponse:
    """Returns the answer of keyword or flow; an empty one when that fails, because the text itself is safe."""
    from switchboard import messaging, services

    try:
        current = services.current()
        numbers, sender = current.numbers, current.settings.sender
        if flow := messaging.flow_of(message, numbers, sender):
            if not messaging.may_run(message, current.recent_texts):
                return twiml(messaging.NO_ANSWER)
            return await run_flow(flow, message, ends_at)
        return twiml(messaging.incoming(message, numbers, current.recent_texts, sender))
    except Exception as error:
        logger.error("event=webhook_failed function=sms_incoming error=%s", describe(error))
        return twiml(messaging.NO_ANSWER)


async def run_flow(flow: str, message: IncomingMessage, ends_at: float) -> func.HttpResponse:
    """Returns the answer of a text flow, which ends at that monotonic time; an apology when it fails."""
    from switchboard import services
    from switchboard.flows.answering import Surroundings, answer_text
    from switchboard.flows.reporting import report

    current = services.current()
    ran = await answer_text(Surroundings.of(current), flow, message, ends_at - time.monotonic())
    await report(ran, current.events)
    return flow_twiml(ran.document, ran.traceback_header() if current.settings.local else "")


@blueprint.route("sms/incoming", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@webhook(fail)
async def sms_incoming(req: func.HttpRequest) -> func.HttpResponse:
    """A text comes in."""
    ends_at = time.monotonic() + FLOW_SECONDS
    verified = await verify(req)

    from switchboard.webhooks import IncomingMessage

    message = IncomingMessage.from_form(verified.form)
    await record(message)
    return await answer(message, ends_at)
