"""Finds delivery records: those of one number by one query, others by reading the table page by page."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import get_args

import msgspec

from ops.command import CommandContext
from ops.errors import OpsError, UsageError
from switchboard.delivery import states
from switchboard.delivery.ledger import Ledger
from switchboard.delivery.record import DeliveryKey, DeliveryRecord, Stored, partition_of
from switchboard.delivery.states import Kind, Phase

KINDS: tuple[Kind, ...] = get_args(Kind)
PHASES: tuple[Phase, ...] = get_args(Phase)
# Tolerance for a table's clock that is ahead of this machine's.
CLOCK_TOLERANCE_SECONDS = 300
MOST_OF_ONE_ID = 1000
# The windows of a search for the newest, in seconds. Each is several times the one before, so that all of them together
# read little more than the last.
WINDOWS = (3600, 6 * 3600, 86_400, 5 * 86_400)
MOST_READ = 200_000
EARLIEST = datetime.min.replace(tzinfo=UTC)


class DeliverySearch(msgspec.Struct, frozen=True, kw_only=True):
    """What to search for. "" and None match everything. `older` is the number of seconds since the last write.

    Without a number, the search ends when it has read `most_read` records.
    """

    to: str = ""
    state: str = ""
    older: float | None = None
    limit: int = 1000
    most_read: int = MOST_READ

    def matches(self, stored: Stored) -> bool:
        """Returns whether the record has this state and age. The number is not compared."""
        has_state = self.state in ("", stored.record.state)
        return has_state and (self.older is None or stored.age >= self.older)


class Found(msgspec.Struct, frozen=True):
    """The newest matching records, newest first. `read` is how many records were read for them.

    `more` is whether others match too. Not `certain`: the search ended at `most_read`, and a newer one may be missing.
    """

    records: list[DeliveryRecord]
    read: int
    more: bool
    certain: bool = True


async def find_deliveries(context: CommandContext, search: DeliverySearch) -> Found:
    """Returns the newest matching records of all, `limit` at most. Raises UsageError for an unknown state."""
    phases = phases_of(search.state)
    if search.to:
        of_number = await context.services.ledger.of_recipient(partition_of(search.to))
        return newest([stored.record for stored in of_number if search.matches(stored)], search.limit, len(of_number))
    with context.terminal.progress("reading the deliveries") as show:
        return await _find_newest(context.services.ledger, phases, search, show)


def newest(records: Iterable[DeliveryRecord], limit: int, read: int) -> Found:
    """Returns the newest of these by `first_seen`; of the same moment by id."""
    ordered = sorted(records, key=lambda record: (record.first_seen, record.key.id), reverse=True)
    return Found(ordered[:limit], read, len(ordered) > limit)


async def _find_newest(
    ledger: Ledger, phases: tuple[Phase, ...], search: DeliverySearch, show: Callable[[str], None]
) -> Found:
    """Reads what was written in the last hour, then in longer windows until there are enough.

    The table has no order by time. But a record is written after it is first seen: among those written in a window are
    all that were first seen in it, so once more than `limit` of them were, no other record is newer. Each window is
    read whole: a record that is written meanwhile stays in it.
    """
    read = 0
    for window in (*(each for each in WINDOWS if each > (search.older or 0)), None):
        found: dict[DeliveryKey, DeliveryRecord] = {}
        since = datetime.now(UTC) - timedelta(seconds=window) if window else EARLIEST
        async for page in read_pages(ledger, phases, search.older, younger_than=window, state=search.state):
            read += len(page)
            found = _keep_newest(found | {stored.record.key: stored.record for stored in page}, search.limit)
            show(f"{read:,} deliveries read")
            if read >= search.most_read:
                return msgspec.structs.replace(newest(found.values(), search.limit, read), certain=False)
        if sum(record.first_seen >= since for record in found.values()) > search.limit:
            break
    return newest(found.values(), search.limit, read)


def _keep_newest(found: dict[DeliveryKey, DeliveryRecord], limit: int) -> dict[DeliveryKey, DeliveryRecord]:
    """Returns these without the oldest, once there are twice as many as are wanted."""
    if len(found) <= 2 * limit:
        return found
    return {record.key: record for record in newest(found.values(), limit + 1, 0).records}


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
    # In the order that a delivery goes through them: one that moves on meanwhile is read in its new phase.
    return tuple(phase for phase in PHASES if phase in found)


async def read_pages(
    ledger: Ledger,
    phases: tuple[Phase, ...],
    older: float | None = None,
    *,
    younger_than: float | None = None,
    state: str = "",
) -> AsyncIterator[list[Stored]]:
    """Yields, page by page, the records of these phases that were not written for `older` seconds.

    With `younger_than`, only those that were written within that many seconds; with `state`, only those in it.
    """
    seconds = -CLOCK_TOLERANCE_SECONDS if older is None else older
    for phase in phases:
        async for page in ledger.older(phase, seconds, younger_than=younger_than, state=state):
            yield page


async def _search_id(context: CommandContext, kinds: tuple[Kind, ...], command_id: str) -> list[Stored]:
    def matches(stored: Stored) -> bool:
        return stored.record.key.id == command_id and stored.record.key.kind in kinds

    with context.terminal.progress(f"searching the deliveries for {command_id}") as show:
        pages = read_pages(context.services.ledger, PHASES)
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
