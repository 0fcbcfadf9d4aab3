"""The ledger: claims of the same ids by many writers at once, against unconditional writes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from azure.data.tables.aio import TableServiceClient

from benchmarks.figures import Figures, Finding, Measured, Spread, ratio, spreads
from benchmarks.plan import Plan
from benchmarks.storage import storage
from switchboard.adapters.storage_connection import StorageConnection
from switchboard.adapters.table_ledger import DELIVERIES, TableLedger, Tables, _to_entity
from switchboard.delivery.ledger import RecordExists
from switchboard.delivery.record import DeliveryRecord
from tests.contract import new_claim, new_version

NAME = "claims"
TITLE = "claim under contention, 16 writers"
ROUNDS = 8
WRITERS = 16
IDS = 30

Write = Callable[[TableLedger, DeliveryRecord], Awaitable[bool]]


async def claim(ledger: TableLedger, record: DeliveryRecord) -> bool:
    """Inserts a claim; returns whether it won."""
    try:
        await ledger.insert(record)
    except RecordExists:
        return False
    return True


class Contest:
    """Writers that all write the same ids. `winners` has, for each id, how many won its claim."""

    def __init__(self, ledgers: list[TableLedger], ids: int) -> None:
        self._ledgers = ledgers
        self._ids = ids
        self.winners: list[int] = []

    async def claims(self) -> Figures:
        """Every writer claims every id."""
        return await self._run(claim)

    async def writes(self, service: TableServiceClient) -> Figures:
        """Every writer writes every id, whatever is there."""
        table = service.get_table_client(DELIVERIES)

        async def write(_: TableLedger, record: DeliveryRecord) -> bool:
            await table.upsert_entity(_to_entity(record))
            return True

        return await self._run(write)

    async def _run(self, write: Write) -> Figures:
        records = [new_claim() for _ in range(self._ids)]
        began, used = time.monotonic(), time.process_time()
        for record in records:
            won = await asyncio.gather(*(write(ledger, new_version(record)) for ledger in self._ledgers))
            if write is claim:
                self.winners.append(sum(won))
        used, passed = time.process_time() - used, time.monotonic() - began
        return Figures(seconds=passed, cpu=used, units=self._ids * len(self._ledgers))


async def measure(plan: Plan) -> Measured:
    """Compares a claim with a write that asks for nothing, and counts the winners."""
    rounds = plan.rounds(ROUNDS)
    async with storage() as (options, _):
        connection = StorageConnection(options.connection_string)
        tables = Tables(connection)
        service = TableServiceClient.from_connection_string(options.connection_string, use_env_settings=False)
        contest = Contest([TableLedger(tables) for _ in range(WRITERS)], plan.size(IDS))
        try:
            cases = {"unconditional write": lambda: contest.writes(service), "claim": contest.claims}
            runs = await plan.interleave(NAME, cases, rounds)
        finally:
            await service.close()
            await tables.close()
    most = float(max(contest.winners))
    findings = [
        ratio(runs, "time", "claim", "unconditional write", limit=1.2),
        ratio(runs, "cpu", "claim", "unconditional write"),
        Finding(what="winners of an id, most", value=Spread.of([most]), unit="", limit=1),
        Finding(
            what="winners of an id, least",
            value=Spread.of([float(min(contest.winners))]),
            unit="",
            limit=1,
            at_least=True,
        ),
    ]
    return Measured(name=NAME, title=TITLE, rounds=rounds, findings=findings, cases=spreads(runs))
