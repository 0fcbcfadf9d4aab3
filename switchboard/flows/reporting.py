"""Logs what a run of a flow leaves to log, and publishes its events. A person waits: a failure here is logged only."""

from __future__ import annotations

import asyncio
import logging

from switchboard.errors import describe
from switchboard.events import FlowFailed, TeamEvent
from switchboard.flows.answering import Ran
from switchboard.flows.registry import NAME
from switchboard.publishing import EventPublisher

# How long a caller waits until a flow's events are published. Twilio itself waits 15 s.
PUBLISH_SECONDS = 2

logger = logging.getLogger(__name__)


async def report(ran: Ran, publisher: EventPublisher) -> None:
    """Logs the lines of a flow, and its failure in one line; publishes its events within PUBLISH_SECONDS."""
    run = ran.run
    # A signed URL may name anything: what is no flow's name is not logged.
    flow = run.flow if NAME.fullmatch(run.flow) else "…"
    for level, line in ran.lines:
        logger.log(level, "event=flow_log flow=%s id=%s line=%s", flow, run.sid, line)
    if ran.failure is not None:
        logger.error("event=flow_failed flow=%s id=%s reason=%s", flow, run.sid, ran.failure)
    if ran.events:
        await _publish(ran.events, publisher)


async def _publish(events: tuple[FlowFailed | TeamEvent, ...], publisher: EventPublisher) -> None:
    """Publishes each event. One that fails does not hold back the others."""
    lost, failure = len(events), Exception()
    try:
        async with asyncio.timeout(PUBLISH_SECONDS):
            for event in events:
                try:
                    await publisher.publish(event)
                    lost -= 1
                except Exception as error:
                    failure = error
    except TimeoutError as error:
        failure = error
    if lost:
        logger.error("event=flow_events_failed lost=%s error=%s", lost, describe(failure))
