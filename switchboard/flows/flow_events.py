"""The events of flows: a team's own, and that a flow failed."""

from __future__ import annotations

from datetime import datetime

import msgspec

from switchboard import events
from switchboard.clock import timestamp
from switchboard.flows.outbox import Event
from switchboard.text import short_digest

KIND = "flow.failed"


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """Which run of which flow: `sid` is the call's or the text's; `step` is "" for a text; `number` a number's name."""

    flow: str
    sid: str
    step: str = ""
    number: str
    time: datetime


def failed(run: Run, reason: str) -> events.Event:
    """Returns `flow.failed`. `reason` has file, line and type of an exception, and nothing that a person said."""
    place = f"{run.sid}:{run.flow}:{run.step}:{short_digest(reason)[:8]}"
    return events.Event(
        id=f"{KIND}:{place}",
        kind=KIND,
        time=timestamp(run.time),
        sid=run.sid,
        flow=run.flow,
        number=run.number,
        reason=reason,
    )


def of_team(run: Run, event: Event, index: int) -> events.Event:
    """Returns an event of the team's own. Its id, unless given, is the same when Twilio repeats the request."""
    content = f"{run.flow}:{run.step}:{index}:{msgspec.json.encode(event.data).decode()}"
    return events.Event(
        id=event.id or f"{event.type}:{run.sid}:{short_digest(content)[:12]}",
        kind=event.type,
        time=timestamp(run.time),
        sid=run.sid,
        flow=run.flow,
        number=run.number,
        data=dict(event.data),
    )
