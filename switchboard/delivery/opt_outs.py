"""Opt-outs: STOP and START from recipients, per recipient and sender, as Twilio applies them.

A STOP to a messaging service is recorded for the number and for the service.
"""

from __future__ import annotations

import logging

from switchboard.commands import SendSms
from switchboard.delivery.context import DeliveryContext, LedgerContext
from switchboard.delivery.queued_command import QueuedCommand
from switchboard.delivery.record import DeliveryRecord, partition_of
from switchboard.delivery.states import SCHEDULED
from switchboard.delivery.status_reports import StatusReport, record_report
from switchboard.errors import (
    ConfigurationError,
    Rejected,
    SecretsUnavailable,
    StorageUnavailable,
    TwilioError,
    UnknownCode,
)
from switchboard.twilio_codes import is_not_found
from switchboard.webhooks import IncomingMessage

logger = logging.getLogger(__name__)


async def record_keyword(context: LedgerContext, message: IncomingMessage) -> None:
    """Records the STOP or START of an incoming text; other texts change nothing. Raises StorageUnavailable."""
    keyword = message.opt_out_keyword
    if keyword not in ("STOP", "START"):
        return
    change = context.opt_outs.add if keyword == "STOP" else context.opt_outs.remove
    for sender in _senders_of(message):
        await change(partition_of(message.sender), sender)
    logger.info("event=opt_out_recorded keyword=%s sid=%s", keyword, message.sid)


async def cancel_after_stop(context: DeliveryContext, message: IncomingMessage) -> None:
    """Cancels the texts that are scheduled for the sender of a STOP. Raises StorageUnavailable: repeat the webhook."""
    for stored in await context.ledger.of_recipient(partition_of(message.sender)):
        if stored.record.state == SCHEDULED and stored.record.sender in _senders_of(message):
            await cancel_scheduled(context, stored.record)


async def has_opted_out(context: LedgerContext, queued: QueuedCommand) -> bool:
    """Returns whether the recipient of a text opted out of its sender; calls are always allowed."""
    if not isinstance(queued.command, SendSms):
        return False
    return await context.opt_outs.has(queued.key.partition, queued.command.sender_in(context.settings))


async def cancel_if_opted_out(context: DeliveryContext, queued: QueuedCommand, record: DeliveryRecord) -> None:
    """Cancels a scheduled text whose recipient opted out while Twilio was accepting it.

    The STOP cancels what has a record in the state scheduled. It may arrive just before this record has that state.
    """
    if record.state == SCHEDULED and await has_opted_out(context, queued):
        await cancel_scheduled(context, record)


async def cancel_scheduled(context: DeliveryContext, record: DeliveryRecord) -> None:
    """Cancels a scheduled text at Twilio. Raises StorageUnavailable when that must be repeated."""
    for sid in record.sids:
        try:
            canceled = await context.twilio.cancel_text(sid)
        except (TwilioError, SecretsUnavailable, ConfigurationError) as error:
            if isinstance(error, Rejected | UnknownCode) or is_not_found(error):
                logger.warning("event=cancel_too_late id=%s sid=%s", record.key.row, sid)
                continue
            raise StorageUnavailable(f"a scheduled text could not be canceled: {type(error).__name__}") from error
        report = StatusReport(sid=sid, status=canceled.status, attempt=record.attempt)
        await record_report(context, record.key, report)


def _senders_of(message: IncomingMessage) -> list[str]:
    """Returns what the recipient opted out of: the number, and the messaging service in front of it."""
    return [sender for sender in (message.recipient, message.messaging_service_sid) if sender]
