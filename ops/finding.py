"""Finds delivery records: of a number at once, others by looking through the table page by page."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import get_args

import msgspec

from ops.desk import Desk
from ops.errors import OpsError, UsageError
from switchboard.delivery import states
from switchboard.delivery.ledger import Ledger
from switchboard.delivery.record import DeliveryKey, Stored, partition_of
from switchboard.delivery.states import Kind, Phase

KINDS: tuple[Kind, ...] = get_args(Kind)
PHASES: tuple[Phase, ...] = get_args(Phase)
# The table's clock may be a little ahead of this machine's.
AHEAD_SECONDS = 300


class Search(msgspec.Struct, frozen=True, kw_only=True):
    """Which records: "" and None ask for nothing. `older` is in seconds since the record was last written."""

    to: str = ""
    state: str = ""
    older: float | None = None
    limit: int = 1000

    def accepts(self, stored: Stored) -> bool:
        """Whether the record is one of those."""
        of_state = self.state in ("", stored.record.state)
        return of_state and (self.older is None or stored.age >= self.older)


async def find(desk: Desk, search: Search) -> list[Stored]:
    """The records, `limit` at most. Raises UsageError for a state that does not exist."""
    phases = phases_of(search.state)
    if search.to:
        of_number = await desk.edges.ledger.of_recipient(partition_of(search.to))
        return [stored for stored in of_number if search.accepts(stored)][: search.limit]
    with desk.terminal.progress("looking through the deliveries") as show:
        pages = through(desk.edges.ledger, phases, search.older)
        return await _collect(pages, search.accepts, search.limit, show)


async def by_id(desk: Desk, name: str, to: str) -> list[Stored]:
    """The records of one id, of every recipient unless one is named. Raises OpsError when there is none."""
    kinds, command_id = _parts(name)
    if to:
        keys = [DeliveryKey.of(kind, to, command_id) for kind in kinds]
        found = [stored for key in keys if (stored := await desk.edges.ledger.read(key))]
    else:
        with desk.terminal.progress(f"looking for {command_id} through the deliveries") as show:
            pages = through(desk.edges.ledger, PHASES, None)
            found = await _collect(pages, lambda stored: stored.record.key.id == command_id, 1000, show)
            found = [stored for stored in found if stored.record.key.kind in kinds]
    if not found:
        whose = f" for {to}" if to else ""
        raise OpsError(f"there is no delivery {name}{whose}: it was never taken, or is past its retention")
    return found


def phases_of(state: str) -> tuple[Phase, ...]:
    """The phases that a state may be in. Raises UsageError when there is no such state."""
    if not state:
        return PHASES
    ours = state in states.OPEN or state in states.ENDED_BY_US
    found = {states.phase(kind, state) for kind in KINDS if ours or states.is_known(kind, state)}
    if not found:
        raise UsageError(f"--state: there is no state {state!r}; as unresolved, claimed, sent, delivered, completed")
    return tuple(sorted(found))


async def through(ledger: Ledger, phases: tuple[Phase, ...], older: float | None) -> AsyncIterator[list[Stored]]:
    """Page by page, all records of these phases that nobody wrote for so long."""
    for phase in phases:
        async for page in ledger.older(phase, -AHEAD_SECONDS if older is None else older):
            yield page


async def _collect(
    pages: AsyncIterator[list[Stored]], accepts: Callable[[Stored], bool], limit: int, show: Callable[[str], None]
) -> list[Stored]:
    found: list[Stored] = []
    seen = 0
    async for page in pages:
        seen += len(page)
        found += [stored for stored in page if accepts(stored)]
        show(f"{seen:,} deliveries looked at, {len(found):,} found")
        if len(found) >= limit:
            break
    return found[:limit]


def _parts(name: str) -> tuple[tuple[Kind, ...], str]:
    """`sms:t1` is one kind's, `t1` may be either's."""
    for kind in KINDS:
        if name.startswith(f"{kind}:"):
            return (kind,), name.removeprefix(f"{kind}:")
    return KINDS, name
