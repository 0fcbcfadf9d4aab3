"""Storage transactions of a delivered text, counted between the app and Azurite."""

from __future__ import annotations

from benchmarks.figures import Finding, Measured, Spread
from benchmarks.plan import Plan
from tests.integration.rig import Rig
from tests.integration.storage_proxy import Transaction

NAME = "transactions"
TITLE = "storage transactions of a delivered text"
TEXTS = 100


def is_receive(transaction: Transaction) -> bool:
    """Whether it receives a batch of messages."""
    return transaction.method == "GET" and transaction.path.endswith("/messages")


async def measure(plan: Plan) -> Measured:
    """Counts them beside the receives of batches, without the callbacks."""
    texts = plan.size(TEXTS)
    async with Rig(claim=60, settle=5, lease=60, watched=True) as rig:
        seen = [each for each in await rig.transactions_of(texts) if not is_receive(each)]
    value = Spread.of([len(seen) / texts])
    finding = Finding(what="transactions beside the batch's receive", value=value, unit="", limit=4)
    return Measured(name=NAME, title=TITLE, rounds=1, findings=[finding], cases={})
