"""`/api/status/*`: the statuses of texts, calls and recordings. Every status is accepted, known or not.

The URL of a delivery's callback has an opaque `id`: the status is applied to that record, which publishes the event.
Every other status is published as it comes. A status that cannot be published is answered with 5xx, and Twilio repeats
it: the URLs that Switchboard gives to Twilio ask for that (urls.status_url).
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import azure.functions as func

from switchboard.blueprints.webhook import PUBLISH_SECONDS, no_content, sentence, verify, webhook

if TYPE_CHECKING:
    from switchboard.delivery.states import Kind
    from switchboard.events import AnyEvent
    from switchboard.form import Verified
    from switchboard.status_updates import StatusUpdate, Voicemail

NOT_FOUND = 404

logger = logging.getLogger(__name__)

blueprint = func.Blueprint()


def fail() -> func.HttpResponse:
    """Returns 500: Twilio repeats the callback."""
    return sentence(500, "The status could not be processed: see the log.")


async def publish(event: AnyEvent) -> None:
    """Publishes an event. Raises TimeoutError after PUBLISH_SECONDS."""
    from switchboard import services

    async with asyncio.timeout(PUBLISH_SECONDS):
        await services.current().events.publish(event)


async def record(kind: Kind, update: StatusUpdate) -> None:
    """Applies a status to its delivery record; one without a record is logged. Raises TimeoutError."""
    from switchboard import services
    from switchboard.delivery.record import CallbackId
    from switchboard.delivery.status_reports import StatusReport, record_report

    callback = CallbackId.parse(kind, update.callback_id)
    report = StatusReport.of_callback(update, callback.attempt if callback else 0)
    async with asyncio.timeout(PUBLISH_SECONDS):
        if callback and await record_report(services.current().ledger_context, callback.key, report):
            return
    logger.warning("event=status_unknown kind=%s sid=%s status=%s", kind, update.sid, update.status)


async def report_voicemail(verified: Verified) -> None:
    """Publishes a voicemail or its transcription. Raises TimeoutError, or a TwilioError without the call's parties."""
    from switchboard.status_updates import Voicemail

    voicemail = Voicemail.from_verified(verified)
    if voicemail.state not in ("", "completed", "failed"):
        return
    async with asyncio.timeout(PUBLISH_SECONDS):
        await publish((await with_parties(voicemail)).to_event())


async def with_parties(voicemail: Voicemail) -> Voicemail:
    """Returns a voicemail with its caller and called number, which a recording's callback does not have.

    Without them where Twilio does not know the call: no repetition would find it.
    """
    if voicemail.sender or voicemail.recipient:
        return voicemail
    import msgspec

    from switchboard import services
    from switchboard.errors import TwilioError

    try:
        call = await services.current().twilio.fetch("call", voicemail.call_sid)
    except TwilioError as error:
        if error.status != NOT_FOUND:
            raise
        logger.warning("event=voicemail_without_parties recording=%s", voicemail.sid)
        return voicemail
    return msgspec.structs.replace(voicemail, sender=call.sender, recipient=call.recipient)


@blueprint.route("status/sms", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@webhook(fail)
async def status_sms(req: func.HttpRequest) -> func.HttpResponse:
    """A text has a new status."""
    verified = await verify(req)

    from switchboard.status_updates import StatusUpdate

    update = StatusUpdate.of_message(verified)
    if update.callback_id:
        await record("sms", update)
    else:
        await publish(update.to_text_event())
    return no_content()


@blueprint.route("status/call", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@webhook(fail)
async def status_call(req: func.HttpRequest) -> func.HttpResponse:
    """A call has a new status."""
    verified = await verify(req)

    from switchboard.status_updates import StatusUpdate

    update = StatusUpdate.of_call(verified)
    if update.callback_id:
        await record("call", update)
    else:
        await publish(update.to_call_event())
    return no_content()


@blueprint.route("status/recording", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@webhook(fail)
async def status_recording(req: func.HttpRequest) -> func.HttpResponse:
    """A recording was made, or could not be made; with `kind=voicemail` it is a message, or its transcription."""
    verified = await verify(req)

    from switchboard.status_updates import RecordingUpdate

    is_message = verified.form.text("TranscriptionStatus") or verified.form.text("RecordingStatus") == "completed"
    if verified.query.text("kind") == "voicemail" and is_message:
        await report_voicemail(verified)
    else:
        await publish(RecordingUpdate.from_form(verified.form).to_event())
    return no_content()
