"""`/api/status/*`: what became of texts, calls and recordings. Any state word is taken, known or not.

Each is told on `events`. What cannot be told there is answered 5xx, and Twilio comes again: the URLs we hand out ask
for that (delivery.status_url).
"""

from __future__ import annotations

import azure.functions as func

from switchboard import events as happenings
from switchboard.blueprints.webhook import no_content, sentence, verify, webhook
from switchboard.delivery import EVENTS
from switchboard.errors import is_retryable
from switchboard.webhooks import RecordingUpdate, StatusUpdate

blueprint = func.Blueprint()


def fail() -> func.HttpResponse:
    """5xx, so that Twilio comes again."""
    return sentence(500, "The status could not be taken: see the log.")


@blueprint.route("status/sms", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@blueprint.queue_output(arg_name="events", queue_name=EVENTS, connection="AzureWebJobsStorage")
@webhook(fail)
async def status_sms(req: func.HttpRequest, events: func.Out[str]) -> func.HttpResponse:
    """A text came to a state."""
    verified = await verify(req)
    update = StatusUpdate.of_message(verified)
    retryable = is_retryable(update.error_code) if update.error_code else None
    events.set(happenings.text_status(update, retryable=retryable).to_json())
    return no_content()


@blueprint.route("status/call", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@blueprint.queue_output(arg_name="events", queue_name=EVENTS, connection="AzureWebJobsStorage")
@webhook(fail)
async def status_call(req: func.HttpRequest, events: func.Out[str]) -> func.HttpResponse:
    """A call came to a state."""
    verified = await verify(req)
    update = StatusUpdate.of_call(verified)
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
