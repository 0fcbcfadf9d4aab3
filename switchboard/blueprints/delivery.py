"""The queue functions: commands of the outboxes, and messages of the poison queues."""

from __future__ import annotations

import logging
import os
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import azure.functions as func

from switchboard.errors import ConfigurationError, SwitchboardError, describe

if TYPE_CHECKING:
    from switchboard.queues import QueueMessage

logger = logging.getLogger(__name__)

blueprint = func.Blueprint()


class TryAgain(Exception):
    """Fails the invocation, so that the queue delivers the message again.

    The host logs what a function raises, with its cause. This exception contains nothing that a log must not contain.
    """


async def deliver(message: QueueMessage) -> None:
    """Delivers the command of a message."""
    from switchboard import services
    from switchboard.delivery.deliver import deliver

    await deliver(services.current().delivery_context, message)


async def handle_poison(message: QueueMessage) -> None:
    """Requeues, drops or moves a message of a poison queue."""
    from switchboard import services
    from switchboard.delivery.poison import handle_poison

    await handle_poison(services.current().ledger_context, message)


async def run(queue: str, received: func.QueueMessage, handle: Callable[[QueueMessage], Awaitable[None]]) -> None:
    """Handles a message. Raises TryAgain: the host delivers the message again.

    While settings are wrong the message is requeued instead, because it has only five tries.
    """
    from switchboard.queues import QueueMessage

    message = QueueMessage(queue, received.id or "", received.get_body(), received.insertion_time)
    try:
        await handle(message)
    except Exception as error:
        expected = isinstance(error, SwitchboardError) and error.retryable
        level = logging.WARNING if expected else logging.ERROR
        logger.log(level, "event=queue_failed queue=%s message=%s error=%s", queue, message.id, describe(error))
        if isinstance(error, ConfigurationError) and await requeue(message):
            return
        raise TryAgain(type(error).__name__) from None


async def requeue(message: QueueMessage) -> bool:
    """Requeues a message until the settings are corrected; False when that failed."""
    from switchboard import services
    from switchboard.delivery.unprocessed import requeue_unprocessed

    try:
        async with services.queues_alone(os.environ) as queues:
            await requeue_unprocessed(queues, message, datetime.now(UTC))
    except SwitchboardError as error:
        logger.warning("event=requeue_failed queue=%s message=%s error=%s", message.queue, message.id, describe(error))
        return False
    return True


@blueprint.queue_trigger("message", "sms-outbox", "AzureWebJobsStorage")
async def send_sms(message: func.QueueMessage) -> None:
    """Sends a text."""
    await run("sms-outbox", message, deliver)


@blueprint.queue_trigger("message", "call-outbox", "AzureWebJobsStorage")
async def place_call(message: func.QueueMessage) -> None:
    """Places a call."""
    await run("call-outbox", message, deliver)


@blueprint.queue_trigger("message", "sms-outbox-poison", "AzureWebJobsStorage")
async def send_sms_poison(message: func.QueueMessage) -> None:
    """Handles a text's command that failed too often."""
    await run("sms-outbox-poison", message, handle_poison)


@blueprint.queue_trigger("message", "call-outbox-poison", "AzureWebJobsStorage")
async def place_call_poison(message: func.QueueMessage) -> None:
    """Handles a call's command that failed too often."""
    await run("call-outbox-poison", message, handle_poison)
