"""The events of flows: a team's own, and that a flow failed."""

from __future__ import annotations

from datetime import datetime

import msgspec

from switchboard.events import FlowFailed, FlowFailedData, TeamEvent
from switchboard.flows.outbox import Event
from switchboard.text import short_digest


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """Which run of which flow: `sid` is the call's or the text's; `step` is "" for a text; `number` a number's name."""

    flow: str
    sid: str
    step: str = ""
    number: str
    time: datetime


def failed(run: Run, reason: str) -> FlowFailed:
    """Returns `switchboard.flow.failed`. `reason` has file, line and type of an exception, and no words of a person."""
    place = f"{run.sid}:{run.flow}:{run.step}:{short_digest(reason)[:8]}"
    data = FlowFailedData(sid=run.sid, flow=run.flow, step=run.step, number=run.number, reason=reason)
    return FlowFailed(id=f"flow.failed:{place}", time=run.time, subject=run.sid, data=data)


def of_team(run: Run, event: Event, index: int) -> TeamEvent:
    """Returns an event of the team's own. Its id, unless given, is the same when Twilio repeats the request."""
    content = f"{run.flow}:{run.step}:{index}:{msgspec.json.encode(event.data).decode()}"
    return TeamEvent(
        id=event.id or f"{event.type}:{run.sid}:{short_digest(content)[:12]}",
        type=event.type,
        time=run.time,
        subject=run.sid,
        data=dict(event.data),
    )
