"""What the app itself says of its commands, for the page: its records, and messages that were refused before any.

The stand-in knows nothing of the app it serves. This reads the app's table, and what it logs, and hands over what is to
be shown.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

from azure.core.exceptions import AzureError, ResourceNotFoundError
from azure.data.tables import TableEntity
from azure.data.tables.aio import TableClient

from local.twilio.deliveries import Kept
from switchboard.adapters.table_ledger import DELIVERIES
from switchboard.delivery.states import OPEN, REFUSED

LOOK_SECONDS = 1.0
CONNECT_SECONDS = 2
READ_SECONDS = 5
# What is written at the same time may come to be seen a little later; what is read twice is no news.
OVERLAP = timedelta(seconds=2)
WORDS = {"sms": "text", "call": "call"}
# The line that the app logs, whose wording the alerts and the workbook rely on too.
REFUSAL = re.compile(r"event=command_refused queue=(sms|call)-outbox\S* message=(\S+) reason=(.*)")

Say = Callable[[str], None]


class Page(Protocol):
    """Where commands are shown."""

    @property
    def is_watched(self) -> bool:
        """Is anybody looking?"""

    def keep(self, kept: Kept) -> None:
        """Show what the app says of a command."""


class LedgerFollower:
    """Shows the records that are written from `since` on: `async with LedgerFollower(…) as follower`.

    While nobody looks at the page, nothing is read; whoever looks later is shown what was written meanwhile.
    """

    def __init__(self, connection_string: str, page: Page, since: datetime, say: Say) -> None:
        self._table = TableClient.from_connection_string(
            connection_string,
            DELIVERIES,
            retry_total=0,
            connection_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
        )
        self._page = page
        self._latest = since
        self._say = say
        self._is_away = False

    async def __aenter__(self) -> LedgerFollower:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._table.close()

    async def follow(self) -> None:
        """Look each second until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> None:
        """Show what was written since the last look. A table that does not answer is told of once."""
        if not self._page.is_watched:
            return
        try:
            written = await self._written()
        except AzureError as error:
            self._miss(error)
            return
        self._is_away = False
        for entity in written:
            self._page.keep(_kept(entity))
            self._latest = max(self._latest, _written_at(entity))

    async def _written(self) -> list[TableEntity]:
        """The oldest first. None when there is no table yet: the app makes it with its first record."""
        since = {"since": self._latest - OVERLAP}
        try:
            found = [each async for each in self._table.query_entities("Timestamp ge @since", parameters=since)]
        except ResourceNotFoundError:
            return []
        return sorted(found, key=_written_at)

    def _miss(self, error: AzureError) -> None:
        if not self._is_away:
            self._say(f"! the app's records cannot be read ({type(error).__name__}): the page shows the wire alone")
        self._is_away = True


def hearing(page: Page, tell: Say) -> Say:
    """What takes the lines of the Functions host: each is told, and a refusal is shown on the page too."""

    def hear(line: str) -> None:
        tell(line)
        refused = refusal(line)
        if refused:
            page.keep(refused)

    return hear


def refusal(line: str) -> Kept | None:
    """The message that a line of the app's log says was refused, None for other lines. It is known by its own id."""
    found = REFUSAL.search(line)
    if not found:
        return None
    kind, message, reason = found.groups()
    time = datetime.now(UTC).isoformat(timespec="milliseconds")
    return Kept(kind=WORDS[kind], reference=message, id=message, to="", state=REFUSED, time=time, reason=reason)


def _kept(entity: TableEntity) -> Kept:
    kind, _, command = entity["RowKey"].partition(":")
    return Kept(
        kind=WORDS[kind],
        reference=f"{entity['PartitionKey']}.{command}",
        id=command,
        to=entity["to"],
        state=entity["state"],
        time=_written_at(entity).isoformat(timespec="milliseconds"),
        attempt=entity["attempt"],
        reason=" ".join(filter(None, (str(entity["code"] or ""), entity["reason"]))),
        until=entity["give_up_at"].isoformat(timespec="seconds") if entity["state"] in OPEN else "",
    )


def _written_at(entity: TableEntity) -> datetime:
    written = entity.metadata["timestamp"]
    assert written, "the service writes it into every entity"
    return written
