"""Storage transactions of a delivered text, counted between the app and Azurite."""

from __future__ import annotations

from benchmarks.figures import Finding, Measured, Spread
from benchmarks.plan import Plan
from tests.integration.rig import Rig, until
from tests.integration.storage_proxy import Transaction

NAME = "transactions"
TITLE = "storage transactions of a delivered text"
TEXTS = 100


def command(number: int) -> dict[str, str]:
    """Returns a text to send."""
    return {"id": f"t{number}", "to": f"+35191{number:07}", "body": f"Your code is {number}."}


def is_receive(transaction: Transaction) -> bool:
    """Whether it receives a batch of messages."""
    return transaction.method == "GET" and transaction.path.endswith("/messages")


async def measure(plan: Plan) -> Measured:
    """Counts them beside the receives of batches, without the callbacks."""
    texts = plan.size(TEXTS)
    async with Rig(claim=60, settle=5, lease=60, watched=True) as rig:
        # The first text creates the tables.
        await rig.push("sms-outbox", [command(0)])
        await rig.app.start()
        await rig.until_quiet("sms-outbox")
        await until(lambda: rig.twilio.is_done, "the first text's callbacks are delivered")
        rig.twilio.sends_callbacks.clear()
        rig.tables.seen.clear()
        rig.queues.seen.clear()
        await rig.push("sms-outbox", map(command, range(1, texts + 1)))
        await rig.until_quiet("sms-outbox")
        seen = [each for each in (*rig.tables.seen, *rig.queues.seen) if not is_receive(each)]
        rig.twilio.sends_callbacks.set()
        await until(lambda: rig.twilio.is_done, "every callback is delivered")
    value = Spread.of([len(seen) / texts])
    finding = Finding(what="transactions beside the batch's receive", value=value, unit="", limit=4)
    return Measured(name=NAME, title=TITLE, rounds=1, findings=[finding], cases={})
