"""Finds delivery records: those of one number by one query, others by reading the table page by page."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import get_args

import msgspec

from ops.command import CommandContext
from ops.errors import OpsError, UsageError
from switchboard.delivery import states
from switchboard.delivery.ledger import Ledger
from switchboard.delivery.record import DeliveryKey, Stored, partition_of
from switchboard.delivery.states import Kind, Phase

KINDS: tuple[Kind, ...] = get_args(Kind)
PHASES: tuple[Phase, ...] = get_args(Phase)
# Tolerance for a table's clock that is ahead of this machine's.
CLOCK_TOLERANCE_SECONDS = 300
MOST_OF_ONE_ID = 1000


class DeliverySearch(msgspec.Struct, frozen=True, kw_only=True):
    """What to search for. "" and None match everything. `older` is the number of seconds since the last write."""

    to: str = ""
    state: str = ""
    older: float | None = None
    limit: int = 1000

    def matches(self, stored: Stored) -> bool:
        """Returns whether the record has this state and age. The number is not compared."""
        has_state = self.state in ("", stored.record.state)
        return has_state and (self.older is None or stored.age >= self.older)


async def find_deliveries(context: CommandContext, search: DeliverySearch) -> list[Stored]:
    """Returns the matching records, `limit` at most. Raises UsageError for an unknown state."""
    phases = phases_of(search.state)
    if search.to:
        of_number = await context.services.ledger.of_recipient(partition_of(search.to))
        return [stored for stored in of_number if search.matches(stored)][: search.limit]
    with context.terminal.progress("reading the deliveries") as show:
        pages = read_pages(context.services.ledger, phases, search.older)
        return await _collect(pages, search.matches, search.limit, show)


async def find_by_id(context: CommandContext, name: str, to: str) -> list[Stored]:
    """Returns the records of an id, for every recipient or for one. Raises OpsError when there is none."""
    kinds, command_id = _split(name)
    if to:
        keys = [DeliveryKey.of(kind, to, command_id) for kind in kinds]
        found = [stored for key in keys if (stored := await context.services.ledger.read(key))]
    else:
        found = await _search_id(context, kinds, command_id)
    if not found:
        recipient = f" for {to}" if to else ""
        raise OpsError(
            f"there is no delivery {name}{recipient}: no worker claimed it, or its record is past the retention"
        )
    return found


def phases_of(state: str) -> tuple[Phase, ...]:
    """Returns the phases that records of a state can be in, every phase for "". Raises UsageError."""
    if not state:
        return PHASES
    ours = state in states.OPEN or state in states.ENDED_BY_US
    found = {states.phase(kind, state) for kind in KINDS if ours or states.is_known(kind, state)}
    if not found:
        raise UsageError(f"--state: there is no state {state!r}; as unresolved, claimed, sent, delivered, completed")
    return tuple(sorted(found))


async def read_pages(ledger: Ledger, phases: tuple[Phase, ...], older: float | None) -> AsyncIterator[list[Stored]]:
    """Yields, page by page, the records of these phases that were not written for `older` seconds."""
    for phase in phases:
        async for page in ledger.older(phase, -CLOCK_TOLERANCE_SECONDS if older is None else older):
            yield page


async def _search_id(context: CommandContext, kinds: tuple[Kind, ...], command_id: str) -> list[Stored]:
    def matches(stored: Stored) -> bool:
        return stored.record.key.id == command_id and stored.record.key.kind in kinds

    with context.terminal.progress(f"searching the deliveries for {command_id}") as show:
        pages = read_pages(context.services.ledger, PHASES, None)
        return await _collect(pages, matches, MOST_OF_ONE_ID, show)


async def _collect(
    pages: AsyncIterator[list[Stored]], matches: Callable[[Stored], bool], limit: int, show: Callable[[str], None]
) -> list[Stored]:
    found: list[Stored] = []
    read = 0
    async for page in pages:
        read += len(page)
        found += [stored for stored in page if matches(stored)]
        show(f"{read:,} deliveries read, {len(found):,} found")
        if len(found) >= limit:
            break
    return found[:limit]


def _split(name: str) -> tuple[tuple[Kind, ...], str]:
    """Returns the kinds and the id: `sms:t1` is a text, `t1` can be a text or a call."""
    for kind in KINDS:
        if name.startswith(f"{kind}:"):
            return (kind,), name.removeprefix(f"{kind}:")
    return KINDS, name
