"""The queue functions: commands in, and what failed too often out of the way."""

from __future__ import annotations

import logging

import azure.functions as func

from switchboard import services
from switchboard.delivery import QueueMessage
from switchboard.errors import SwitchboardError, describe

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
        _log_failure(queue, message, error)
        raise TryAgain(type(error).__name__) from None


async def bury(queue: str, message: func.QueueMessage) -> None:
    """Move a message to `dead-letter`. Raises TryAgain when that cannot be written."""
    try:
        await services.current().delivery.bury(_read(queue, message))
    except Exception as error:
        _log_failure(queue, message, error)
        raise TryAgain(type(error).__name__) from None


def _read(queue: str, message: func.QueueMessage) -> QueueMessage:
    return QueueMessage(queue, message.id or "", message.get_body())


def _log_failure(queue: str, message: func.QueueMessage, error: Exception) -> None:
    expected = isinstance(error, SwitchboardError) and error.retryable
    level = logging.WARNING if expected else logging.ERROR
    logger.log(level, "event=queue_failed queue=%s message=%s error=%s", queue, message.id, describe(error))


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
    await bury("sms-outbox-poison", message)


@blueprint.queue_trigger("message", "call-outbox-poison", "AzureWebJobsStorage")
async def place_call_poison(message: func.QueueMessage) -> None:
    """A call's command failed too often."""
    await bury("call-outbox-poison", message)
