"""Shows the app's own records of deliveries on the phone page, and messages that the app refused without a record.

The stand-in contains nothing of the app. This module reads the app's table and log, and passes records to the page.
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

from local.twilio.deliveries import AppRecord
from switchboard.adapters.table_ledger import DELIVERIES
from switchboard.delivery.states import OPEN, REFUSED

POLL_SECONDS = 1.0
CONNECT_SECONDS = 2
READ_SECONDS = 5
# A write can become visible a little after its timestamp. The page ignores records that it has already.
OVERLAP = timedelta(seconds=2)
KINDS = {"sms": "text", "call": "call"}
# The app's log line; alerts and the workbook depend on the same wording.
REFUSAL = re.compile(r"event=command_refused queue=(sms|call)-outbox\S* message=(\S+) reason=(.*)")

Say = Callable[[str], None]


class RecordPage(Protocol):
    """The page that shows records."""

    @property
    def is_page_open(self) -> bool:
        """Is the page open in any browser?"""

    def show_record(self, record: AppRecord) -> None:
        """Show a record."""


class LedgerFollower:
    """Shows the records that are written from `since` on: `async with LedgerFollower(…) as follower`.

    Without an open page nothing is read; a page that opens later gets what was written meanwhile.
    """

    def __init__(self, connection_string: str, page: RecordPage, since: datetime, say: Say) -> None:
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
        self._unavailable = False

    async def __aenter__(self) -> LedgerFollower:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._table.close()

    async def follow(self) -> None:
        """Poll each second until cancelled."""
        while True:
            await self.poll()
            await asyncio.sleep(POLL_SECONDS)

    async def poll(self) -> None:
        """Show what was written since the last poll. A table that does not answer is logged once."""
        if not self._page.is_page_open:
            return
        try:
            written = await self._written()
        except AzureError as error:
            self._log_unavailable(error)
            return
        self._unavailable = False
        for entity in written:
            self._page.show_record(_record(entity))
            self._latest = max(self._latest, _written_at(entity))

    async def _written(self) -> list[TableEntity]:
        """Return new records, oldest first; none without a table, which the app creates with its first record."""
        since = {"since": self._latest - OVERLAP}
        try:
            found = [each async for each in self._table.query_entities("Timestamp ge @since", parameters=since)]
        except ResourceNotFoundError:
            return []
        return sorted(found, key=_written_at)

    def _log_unavailable(self, error: AzureError) -> None:
        if not self._unavailable:
            self._say(f"! the app's records cannot be read ({type(error).__name__}): the page shows the wire alone")
        self._unavailable = True


def showing_refusals(page: RecordPage, say: Say) -> Say:
    """Return a function for the lines of the Functions host: it logs each by `say`, and shows refusals on the page."""

    def say_and_show(line: str) -> None:
        say(line)
        refused = refusal(line)
        if refused:
            page.show_record(refused)

    return say_and_show


def refusal(line: str) -> AppRecord | None:
    """Read the refusal of a message from a line of the app's log: None for other lines."""
    found = REFUSAL.search(line)
    if not found:
        return None
    kind, message, reason = found.groups()
    time = datetime.now(UTC).isoformat(timespec="milliseconds")
    return AppRecord(kind=KINDS[kind], reference=message, id=message, to="", state=REFUSED, time=time, reason=reason)


def _record(entity: TableEntity) -> AppRecord:
    kind, _, command = entity["RowKey"].partition(":")
    return AppRecord(
        kind=KINDS[kind],
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
    assert written, "the service sets it in every entity"
    return written
