"""The timers: what is looked after by the clock."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

import azure.functions as func

from switchboard import services
from switchboard.errors import describe
from switchboard.housekeeping import Housekeeping
from switchboard.orders import OUTBOXES, POISON
from switchboard.outbox import DEAD_LETTER, EVENTS

logger = logging.getLogger(__name__)

QUEUES = (*OUTBOXES, EVENTS, *(queue + POISON for queue in OUTBOXES), DEAD_LETTER)

blueprint = func.Blueprint()


class Unfinished(Exception):
    """Fails the invocation, so that the host counts it as failed. The timer's next time does what is left.

    The host logs what a function raises, with its cause: this stands for it and holds nothing that a log must not.
    """


async def look_after(part: str, work: Callable[[Housekeeping], Awaitable[None]]) -> None:
    """Do a part of the housekeeping. Raises Unfinished."""
    try:
        await work(services.current().housekeeping)
    except Exception as error:
        logger.error("event=timer_failed part=%s error=%s", part, describe(error))
        raise Unfinished(type(error).__name__) from None


@blueprint.timer_trigger("timer", "0 */5 * * * *", run_on_startup=False)
async def measure_queues(timer: func.TimerRequest) -> None:
    """Each five minutes: a log line a queue, with its depth and oldest age."""
    await look_after("measure", lambda housekeeping: housekeeping.measure(QUEUES))


@blueprint.timer_trigger("timer", "0 17 3 * * *", run_on_startup=False)
async def tidy_records(timer: func.TimerRequest) -> None:
    """Each night, at a minute that few others choose: old records go, lost ends are asked for, open ones told."""
    await look_after("tidy", lambda housekeeping: housekeeping.tidy())
