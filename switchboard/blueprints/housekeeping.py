"""The timers: queue depths and the nightly clean-up."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import azure.functions as func

from switchboard.errors import describe

if TYPE_CHECKING:
    from switchboard.services import Services

logger = logging.getLogger(__name__)

blueprint = func.Blueprint()


class Unfinished(Exception):
    """Fails the invocation, so that the host counts it as failed. The next run does what is left.

    The host logs what a function raises, with its cause. This exception contains nothing that a log must not contain.
    """


async def run(part: str, work: Callable[[Services], Awaitable[None]]) -> None:
    """Runs a part of the housekeeping. Raises Unfinished."""
    from switchboard import services

    try:
        await work(services.current())
    except Exception as error:
        logger.error("event=timer_failed part=%s error=%s", part, describe(error))
        raise Unfinished(type(error).__name__) from None


async def log_queue_depths(services: Services) -> None:
    """Logs the depth of each queue."""
    from switchboard.delivery.housekeeping import log_queue_depths

    await log_queue_depths(services.ledger_context, services.gauge)


async def clean_up(services: Services) -> None:
    """Cleans up delivery records."""
    from switchboard.delivery.housekeeping import clean_up

    await clean_up(services.delivery_context)


@blueprint.timer_trigger("timer", "0 */5 * * * *", run_on_startup=False)
async def measure_queues(timer: func.TimerRequest) -> None:
    """Logs, every five minutes, a line per queue with its depth and oldest age."""
    await run("measure", log_queue_depths)


# At a minute that few other systems choose.
@blueprint.timer_trigger("timer", "0 17 3 * * *", run_on_startup=False)
async def tidy_records(timer: func.TimerRequest) -> None:
    """Deletes old delivery records every night, looks up missing ends, and reports abandoned deliveries."""
    await run("tidy", clean_up)
