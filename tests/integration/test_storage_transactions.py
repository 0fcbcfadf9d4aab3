"""The storage transactions of a delivered text, counted by a proxy."""

from __future__ import annotations

from collections import Counter

from tests.integration.rig import Rig

TEXTS = 200
MOST_TRANSACTIONS = 5  # one of them receives the message, in the worst case alone in its batch


async def test_a_delivered_text_takes_five_transactions_at_most() -> None:
    """Get, read the opt-out, claim, write, delete: without its callbacks and empty polls."""
    async with Rig(claim=60, settle=5, lease=60, watched=True) as rig:
        seen = [each for each in await rig.transactions_of(TEXTS) if not each.is_idle_poll]
        assert Counter((await rig.states()).values()) == {"delivered": TEXTS + 1}
        assert len(seen) <= MOST_TRANSACTIONS * TEXTS, Counter((each.method, each.status) for each in seen)
        by_record = Counter(each.path for each in seen if "RowKey=" in each.path)
        # The insert has no row in its path: beside it a record is written once, and an opt-out read once.
        assert set(by_record.values()) == {1}
        assert len(by_record) == 2 * TEXTS
