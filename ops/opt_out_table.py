"""The table `optouts` as a list, and what an opt-out stops that is already at Twilio."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from azure.data.tables.aio import TableClient

from ops.errors import UsageError
from ops.operator_services import OperatorServices
from switchboard.adapters.table_ledger import OPT_OUTS, Tables
from switchboard.addresses import CHANNEL_ADDRESS, E164
from switchboard.delivery.opt_outs import cancel_scheduled
from switchboard.delivery.record import partition_of
from switchboard.delivery.states import SCHEDULED


class OptOut(msgspec.Struct, frozen=True):
    """`partition` is the recipient's hash, as in `deliveries`; the number itself is not kept."""

    partition: str
    sender: str


async def listed(tables: Tables, number: str) -> list[OptOut]:
    """Those of a number, or all. Raises StorageUnavailable."""

    async def read(client: TableClient) -> list[OptOut]:
        condition, parameters = (
            ("PartitionKey eq @partition", {"partition": partition_of(number)}) if number else ("", {})
        )
        entities = client.query_entities(condition, parameters=parameters)
        return [OptOut(entity["PartitionKey"], entity["RowKey"]) async for entity in entities]

    return await tables.ask(OPT_OUTS, read)


async def cancel_scheduled_of(edges: OperatorServices, number: str, senders: Iterable[str]) -> int:
    """Cancel at Twilio what is scheduled for a number by these senders: how many."""
    scheduled = [
        stored.record
        for stored in await edges.ledger.of_recipient(partition_of(number))
        if stored.record.state == SCHEDULED and stored.record.sender in senders
    ]
    for record in scheduled:
        await cancel_scheduled(edges.delivery_context, record)
    return len(scheduled)


def check_party(number: str) -> None:
    """Raise UsageError unless it is somebody who can be texted: another spelling would be another recipient."""
    if not (E164.fullmatch(number) or CHANNEL_ADDRESS.fullmatch(number)):
        raise UsageError(f"{number}: write it as texts are sent to it, +351211234567 or whatsapp:+351211234567")
