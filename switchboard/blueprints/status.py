"""`/api/status/*`: what became of texts, calls and recordings. Any state word is taken, known or not.

A delivery of ours says which it is by the opaque `id` in the URL: its record is settled, which tells the event.
Everything else is told as it comes. What cannot be told is answered 5xx, and Twilio comes again: the URLs we hand out
ask for that (delivery.status_url).
"""

from __future__ import annotations

import logging

import azure.functions as func

from switchboard import events as happenings
from switchboard import services
from switchboard.blueprints.webhook import no_content, sentence, verify, webhook
from switchboard.errors import is_retryable
from switchboard.ledger import Reference
from switchboard.outbox import EVENTS
from switchboard.settlement import Said
from switchboard.status import Kind
from switchboard.webhooks import RecordingUpdate, StatusUpdate

logger = logging.getLogger(__name__)

blueprint = func.Blueprint()


def fail() -> func.HttpResponse:
    """5xx, so that Twilio comes again."""
    return sentence(500, "The status could not be taken: see the log.")


async def settle(kind: Kind, update: StatusUpdate) -> None:
    """Write what Twilio says into the delivery's record. One that nobody knows is a log line."""
    reference = Reference.parse(kind, update.reference)
    said = Said(
        sid=update.sid,
        word=update.state,
        attempt=reference.attempt if reference else 0,
        code=update.error_code,
        sender=update.sender,
        direction=update.direction,
        duration=update.duration if kind == "call" else None,
    )
    if reference is None or await services.current().settlement.hear(reference.key, said) is None:
        logger.warning("event=status_unknown kind=%s sid=%s state=%s", kind, update.sid, update.state)


@blueprint.route("status/sms", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@blueprint.queue_output(arg_name="events", queue_name=EVENTS, connection="AzureWebJobsStorage")
@webhook(fail)
async def status_sms(req: func.HttpRequest, events: func.Out[str]) -> func.HttpResponse:
    """A text came to a state."""
    update = StatusUpdate.of_message(await verify(req))
    if update.reference:
        await settle("sms", update)
    else:
        retryable = is_retryable(update.error_code) if update.error_code else None
        events.set(happenings.text_status(update, retryable=retryable).to_json())
    return no_content()


@blueprint.route("status/call", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@blueprint.queue_output(arg_name="events", queue_name=EVENTS, connection="AzureWebJobsStorage")
@webhook(fail)
async def status_call(req: func.HttpRequest, events: func.Out[str]) -> func.HttpResponse:
    """A call came to a state."""
    update = StatusUpdate.of_call(await verify(req))
    if update.reference:
        await settle("call", update)
    else:
        events.set(happenings.call_status(update).to_json())
    return no_content()


@blueprint.route("status/recording", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@blueprint.queue_output(arg_name="events", queue_name=EVENTS, connection="AzureWebJobsStorage")
@webhook(fail)
async def status_recording(req: func.HttpRequest, events: func.Out[str]) -> func.HttpResponse:
    """A recording was made, or could not be."""
    verified = await verify(req)
    update = RecordingUpdate.from_form(verified.form)
    events.set(happenings.recording(update).to_json())
    return no_content()
