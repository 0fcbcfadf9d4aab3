"""Table Storage: the delivery records (`deliveries`) and the opt-outs (`optouts`).

Every write of a record is conditional. The SDK repeats a write whose answer was lost, and then conflicts with itself:
the record's `run` shows that. Ages come from the entity's Timestamp and the answer's Date, both the table's own clock,
so that workers need not agree on the time.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, TypeVar

from azure.core import MatchConditions
from azure.core.exceptions import AzureError, ResourceExistsError, ResourceModifiedError, ResourceNotFoundError
from azure.data.tables import TableEntity, UpdateMode
from azure.data.tables.aio import TableClient, TableServiceClient

from switchboard.adapters.storage_connection import StorageConnection
from switchboard.errors import StorageUnavailable, SwitchboardError

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential
from switchboard.delivery.ledger import RecordChanged, RecordExists
from switchboard.delivery.record import DeliveryKey, DeliveryRecord, Stored
from switchboard.delivery.states import Phase

DELIVERIES = "deliveries"
OPT_OUTS = "optouts"
# A request that takes longer has failed: the message that waits for it is delivered again.
CONNECT_SECONDS = 5
READ_SECONDS = 10
PAGE = 500
TABLE_NOT_FOUND = "TableNotFound"
TRIES = "switchboard_tries"

T = TypeVar("T")


class Tables:
    """The tables of one storage account, each created when it is absent. Bound to the event loop of its first use.

    With `reads_proxies` each request looks for a proxy in the environment, which an operator's machine may need.
    """

    def __init__(
        self,
        connection: StorageConnection,
        credential: AsyncTokenCredential | None = None,
        *,
        reads_proxies: bool = False,
    ) -> None:
        self._service = _open(connection, credential, reads_proxies=reads_proxies)
        self._tables: dict[str, TableClient] = {}

    async def ask(self, table: str, request: Callable[[TableClient], Awaitable[T]]) -> T:
        """Sends a request to a table. Raises StorageUnavailable.

        Passes on the SDK's errors for an entity that exists, is absent or changed.
        """
        client = self._client(table)
        try:
            try:
                return await request(client)
            except ResourceNotFoundError as error:
                # The SDK gives the error of an insert no code; only the table can be what an insert does not find.
                if getattr(error, "error_code", TABLE_NOT_FOUND) != TABLE_NOT_FOUND:
                    raise
                await self._service.create_table_if_not_exists(table)
                return await request(client)
        except (ResourceExistsError, ResourceModifiedError, ResourceNotFoundError):
            raise
        except AzureError as error:
            raise StorageUnavailable(f"table {table} did not answer: {type(error).__name__}") from error

    async def close(self) -> None:
        """Closes the connections."""
        await self._service.close()

    def _client(self, table: str) -> TableClient:
        if table not in self._tables:
            self._tables[table] = self._service.get_table_client(table)
        return self._tables[table]


class TableLedger:
    """The delivery records."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def insert(self, record: DeliveryRecord) -> Stored:
        """Writes a new record. Raises RecordExists."""
        tries = _Tries()
        try:
            written = await self._tables.ask(
                DELIVERIES, lambda client: client.create_entity(_to_entity(record), raw_response_hook=tries)
            )
        except ResourceExistsError:
            refusal = RecordExists("a record with this key exists")
            if tries.count == 1:
                # It wrote nothing. Not so for a PUT: aiohttp repeats one whose connection was closed, uncounted.
                raise refusal from None
            return await self._our_own(record, refusal)
        except StorageUnavailable as lost:
            # The table may have the record, and only its answer was lost: waiting would cost a whole claim.
            return await self._our_own(record, lost)
        return Stored(record, written["etag"])

    async def replace(self, stored: Stored, record: DeliveryRecord) -> Stored:
        """Replaces the version that was read. Raises RecordChanged."""
        condition: dict[str, Any] = {"etag": stored.etag, "match_condition": MatchConditions.IfNotModified}
        try:
            written = await self._tables.ask(
                DELIVERIES,
                lambda client: client.update_entity(_to_entity(record), UpdateMode.REPLACE, **condition),
            )
        except (ResourceModifiedError, ResourceNotFoundError):
            return await self._our_own(record, RecordChanged("the record was written since it was read"))
        except StorageUnavailable as lost:
            return await self._our_own(record, lost)
        return Stored(record, written["etag"])

    async def read(self, key: DeliveryKey) -> Stored | None:
        """Returns the record with this key, None when there is none."""
        answered = _AnswerDate()
        try:
            entity = await self._tables.ask(
                DELIVERIES,
                lambda client: client.get_entity(key.partition, key.row, raw_response_hook=answered),
            )
        except ResourceNotFoundError:
            return None
        return _stored(entity, answered.date)

    async def of_recipient(self, partition: str) -> list[Stored]:
        """Returns every record of one recipient."""
        pages = self._pages("PartitionKey eq @partition", {"partition": partition})
        return [stored async for page in pages for stored in page]

    def older(
        self, phase: Phase, seconds: float, *, younger_than: float | None = None, state: str = ""
    ) -> AsyncIterator[list[Stored]]:
        """Yields, page by page, the records of a phase that were not written for `seconds`."""
        now = datetime.now(UTC)
        condition = "phase eq @phase and Timestamp lt @before"
        parameters: dict[str, Any] = {"phase": phase, "before": now - timedelta(seconds=seconds)}
        if younger_than is not None:
            condition += " and Timestamp ge @after"
            parameters["after"] = now - timedelta(seconds=younger_than)
        if state:
            condition += " and state eq @state"
            parameters["state"] = state
        return self._pages(condition, parameters)

    async def delete(self, stored: Stored) -> None:
        """Deletes the version that was read; an absent record is no error. Raises RecordChanged."""
        entity = _to_entity(stored.record)
        condition: dict[str, Any] = {"etag": stored.etag, "match_condition": MatchConditions.IfNotModified}
        try:
            await self._tables.ask(DELIVERIES, lambda client: client.delete_entity(entity, **condition))
        except ResourceModifiedError as error:
            raise RecordChanged("the record was written since it was read") from error

    async def check(self) -> None:
        """Reads a record that does not exist. Raises StorageUnavailable."""
        await self.read(DeliveryKey("none", "sms", "none"))

    async def _our_own(self, record: DeliveryRecord, refusal: SwitchboardError) -> Stored:
        """Returns the stored record when this worker wrote it itself, by its `run`; else raises the refusal."""
        stored = await self.read(record.key)
        if stored is None or stored.record.run != record.run:
            raise refusal
        return stored

    async def _pages(self, condition: str, parameters: Mapping[str, Any]) -> AsyncIterator[list[Stored]]:
        answered = _AnswerDate()

        async def first(client: TableClient) -> Any:  # noqa: ANN401  # the SDK's own iterator
            pages = client.query_entities(
                condition, parameters=dict(parameters), results_per_page=PAGE, raw_response_hook=answered
            ).by_page()
            return pages, await _next(pages)

        pages, page = await self._tables.ask(DELIVERIES, first)
        while page is not None:
            yield [_stored(entity, answered.date) for entity in page]
            page = await self._tables.ask(DELIVERIES, lambda _: _next(pages))


class TableOptOuts:
    """The opt-outs: PartitionKey is the recipient's partition, RowKey the sender."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def add(self, partition: str, sender: str) -> None:
        """Records an opt-out."""
        entity = {"PartitionKey": partition, "RowKey": sender}
        await self._tables.ask(OPT_OUTS, lambda client: client.upsert_entity(entity))

    async def remove(self, partition: str, sender: str) -> None:
        """Removes an opt-out."""
        # The SDK accepts the deletion of an absent entity.
        await self._tables.ask(OPT_OUTS, lambda client: client.delete_entity(partition, sender))

    async def has(self, partition: str, sender: str) -> bool:
        """Returns whether there is an opt-out."""
        try:
            await self._tables.ask(OPT_OUTS, lambda client: client.get_entity(partition, sender))
        except ResourceNotFoundError:
            return False
        return True


def _count_tries(request: Any) -> None:  # noqa: ANN401  # the SDK's own type is private
    """Counts the tries of a request in its context; the client calls it before each."""
    request.context[TRIES] = request.context.get(TRIES, 0) + 1


class _Tries:
    """Keeps how many tries an answered request took; 0 without an answer."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, response: Any) -> None:  # noqa: ANN401  # the SDK's own type is private
        self.count = response.context.get(TRIES, 0)


class _AnswerDate:
    """Keeps the Date header of an answer: the table's own clock, to the second. None without a readable one."""

    def __init__(self) -> None:
        self.date: datetime | None = None

    def __call__(self, response: Any) -> None:  # noqa: ANN401  # the SDK's own type is private
        # Called for errors too, and a proxy's may have no Date.
        try:
            date = parsedate_to_datetime(response.http_response.headers.get("Date", ""))
            self.date = date if date.tzinfo else date.replace(tzinfo=UTC)
        except ValueError:
            self.date = None


async def _next(pages: Any) -> list[TableEntity] | None:  # noqa: ANN401  # the SDK's own iterator
    """Returns the next page, None after the last."""
    try:
        page = await anext(pages)
    except StopAsyncIteration:
        return None
    return [entity async for entity in page]


def _to_entity(record: DeliveryRecord) -> dict[str, Any]:
    fields = {name: getattr(record, name) for name in DeliveryRecord.__struct_fields__ if name not in ("key", "sids")}
    present = {name: value for name, value in fields.items() if value is not None}
    return {
        "PartitionKey": record.key.partition,
        "RowKey": record.key.row,
        "phase": record.phase,
        "sids": ",".join(record.sids),
        **present,
    }


def _stored(entity: TableEntity, now: datetime | None) -> Stored:
    kind, _, command_id = entity["RowKey"].partition(":")
    known = {name: value for name, value in entity.items() if name in DeliveryRecord.__struct_fields__}
    record = DeliveryRecord(
        **known
        | {
            "key": DeliveryKey(entity["PartitionKey"], kind, command_id),
            "sids": tuple(sid for sid in entity["sids"].split(",") if sid),
        }
    )
    written = entity.metadata["timestamp"]
    # An unknown age is that of a record written now: what depends on it waits.
    age = max(0.0, (now - written).total_seconds()) if now and written else 0.0
    return Stored(record, entity.metadata["etag"] or "", age)


def _open(
    connection: StorageConnection, credential: AsyncTokenCredential | None, *, reads_proxies: bool
) -> TableServiceClient:
    options: dict[str, Any] = {
        "connection_timeout": CONNECT_SECONDS,
        "read_timeout": READ_SECONDS,
        "retry_total": 2,
        # Looking for a proxy costs more CPU than the rest of a request (docs/decisions/0111).
        "use_env_settings": reads_proxies,
        "raw_request_hook": _count_tries,
    }
    if connection.connection_string:
        return TableServiceClient.from_connection_string(connection.connection_string, **options)
    return TableServiceClient(connection.table_endpoint, credential=credential, **options)
