"""The queue functions: commands in, and what failed too often."""

from __future__ import annotations

import logging
import os

import azure.functions as func

from switchboard import services
from switchboard.errors import ConfigurationError, SwitchboardError, describe
from switchboard.orders import QueueMessage

logger = logging.getLogger(__name__)

blueprint = func.Blueprint()


class TryAgain(Exception):
    """Fails the invocation, so that the queue brings the message again.

    The host logs what a function raises, with its cause: this stands for it and holds nothing that a log must not.
    """


async def deliver(queue: str, message: func.QueueMessage) -> None:
    """Deliver a message. Raises TryAgain, and the host brings it again."""
    try:
        await services.current().delivery.deliver(_read(queue, message))
    except Exception as error:
        await _fail(queue, message, error)


async def take_poison(queue: str, message: func.QueueMessage) -> None:
    """Put a message back or bury it. Raises TryAgain when neither can be done."""
    try:
        await services.current().poison.take(_read(queue, message))
    except Exception as error:
        await _fail(queue, message, error)


async def _fail(queue: str, message: func.QueueMessage, error: Exception) -> None:
    """Log it, and let the message come again: while settings are wrong it waits by itself, not burning its tries."""
    expected = isinstance(error, SwitchboardError) and error.retryable
    level = logging.WARNING if expected else logging.ERROR
    logger.log(level, "event=queue_failed queue=%s message=%s error=%s", queue, message.id, describe(error))
    if isinstance(error, ConfigurationError) and await _waits(queue, message):
        return
    raise TryAgain(type(error).__name__) from None


async def _waits(queue: str, message: func.QueueMessage) -> bool:
    """Whether the message could be put back until somebody has mended the settings."""
    try:
        await services.postpone(os.environ, _read(queue, message))
    except SwitchboardError as error:
        logger.warning("event=postpone_failed queue=%s message=%s error=%s", queue, message.id, describe(error))
        return False
    return True


def _read(queue: str, message: func.QueueMessage) -> QueueMessage:
    return QueueMessage(queue, message.id or "", message.get_body(), message.insertion_time)


@blueprint.queue_trigger("message", "sms-outbox", "AzureWebJobsStorage")
async def send_sms(message: func.QueueMessage) -> None:
    """Send a text."""
    await deliver("sms-outbox", message)


@blueprint.queue_trigger("message", "call-outbox", "AzureWebJobsStorage")
async def place_call(message: func.QueueMessage) -> None:
    """Place a call."""
    await deliver("call-outbox", message)


@blueprint.queue_trigger("message", "sms-outbox-poison", "AzureWebJobsStorage")
async def send_sms_poison(message: func.QueueMessage) -> None:
    """A text's command failed too often."""
    await take_poison("sms-outbox-poison", message)


@blueprint.queue_trigger("message", "call-outbox-poison", "AzureWebJobsStorage")
async def place_call_poison(message: func.QueueMessage) -> None:
    """A call's command failed too often."""
    await take_poison("call-outbox-poison", message)
