"""Lists the table `optouts`, and cancels scheduled texts that an opt-out stops."""

from __future__ import annotations

import re
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
    """`partition` is the recipient's hash, as in `deliveries`; the number itself is not stored."""

    partition: str
    sender: str


async def list_opt_outs(tables: Tables, number: str) -> list[OptOut]:
    """Returns the opt-outs of a number, or all for "". Raises StorageUnavailable."""

    async def read(client: TableClient) -> list[OptOut]:
        condition, parameters = (
            ("PartitionKey eq @partition", {"partition": partition_of(number)}) if number else ("", {})
        )
        entities = client.query_entities(condition, parameters=parameters)
        return [OptOut(entity["PartitionKey"], entity["RowKey"]) async for entity in entities]

    return await tables.ask(OPT_OUTS, read)


async def cancel_scheduled_texts(services: OperatorServices, number: str, senders: Iterable[str]) -> int:
    """Cancels at Twilio what these senders have scheduled for a number, and returns how many there were."""
    scheduled = [
        stored.record
        for stored in await services.ledger.of_recipient(partition_of(number))
        if stored.record.state == SCHEDULED and stored.record.sender in senders
    ]
    for record in scheduled:
        await cancel_scheduled(services.delivery_context, record)
    return len(scheduled)


def check_recipient(number: str) -> None:
    """Raises UsageError unless it is an address that a command accepts: another spelling is another recipient."""
    if not (re.fullmatch(E164, number) or re.fullmatch(CHANNEL_ADDRESS, number)):
        raise UsageError(f"{number}: expected +351211234567 or whatsapp:+351211234567, as in a command")
