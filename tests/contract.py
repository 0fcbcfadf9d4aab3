"""The contract of every ledger and of all opt-outs: the same tests for memory and for Table Storage."""

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from switchboard.delivery.ledger import Ledger, OptOuts, RecordChanged, RecordExists
from switchboard.delivery.record import DeliveryKey, DeliveryRecord, Stored
from switchboard.delivery.states import Phase
from tests.fake_worker import TEXT, queued, record

LONG_AGO = 24 * 3600.0
EVERY_CHARACTER = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:-"
SENDERS = [
    "+15005550001",
    "whatsapp:+15005550001",
    "12345",
    "Acme & Co",
    "a_b-c+d",
    "O",
    "MG" + "a1" * 16,
]


@dataclass(frozen=True)
class Stores:
    """A ledger and opt-outs, and a function that lets time pass for them."""

    ledger: Ledger
    opt_outs: OptOuts
    wait: Callable[[float], Awaitable[None]]


def new_claim() -> DeliveryRecord:
    """A claimed text to a number that no other test uses."""
    number = f"+{uuid.uuid4().int % 10**14 + 10**14}"
    return record(queued({**TEXT, "to": number}), run=uuid.uuid4().hex)


def new_version(of: DeliveryRecord, **changes: object) -> DeliveryRecord:
    """The next version of a record, by new_version write."""
    return msgspec.structs.replace(of, run=uuid.uuid4().hex, **changes)


async def read(ledger: Ledger, key: DeliveryKey) -> Stored:
    """The stored record, which exists."""
    stored = await ledger.read(key)
    assert stored is not None
    return stored


async def found(pages: AsyncIterator[list[Stored]], partition: str) -> list[DeliveryRecord]:
    """The records of one recipient in all pages; other tests may have written others."""
    return [stored.record async for page in pages for stored in page if stored.record.key.partition == partition]


class LedgerContract:
    """Each test applies to every ledger; `page` is its number of records per page."""

    page = 1

    def opened(self) -> AbstractAsyncContextManager[Stores]:
        """The stores of one test."""
        raise NotImplementedError

    async def test_a_written_record_is_read(self) -> None:
        """Every field, also absent ones."""
        full = new_version(
            new_claim(),
            state="unresolved",
            attempt=7,
            first_seen=datetime(2026, 1, 31, 9, 0, 0, 123000, tzinfo=UTC),
            sender="Acme & Co",
            accepted_at=datetime(2026, 1, 31, 10, tzinfo=UTC),
            ended_at=datetime(2026, 1, 31, 11, tzinfo=UTC),
            sids=("SM" + "1" * 32, "SM" + "2" * 32),
            word="teleported",
            code=30003,
            reason='to: not E.164: "olá 😀"',
            empty_looks=1,
        )
        bare = new_version(new_claim(), first_claimed_at=None, sender="", body_digest="", body_length=0)
        async with self.opened() as stores:
            for written in (full, bare):
                await stores.ledger.insert(written)
                assert (await read(stores.ledger, written.key)).record == written

    async def test_an_absent_record_is_none(self) -> None:
        """The usual case of a new command."""
        async with self.opened() as stores:
            assert await stores.ledger.read(new_claim().key) is None
            assert await stores.ledger.of_recipient(new_claim().key.partition) == []

    async def test_a_second_insert_raises(self) -> None:
        """The record stays that of the first insert."""
        first = new_claim()
        async with self.opened() as stores:
            await stores.ledger.insert(first)
            with pytest.raises(RecordExists):
                await stores.ledger.insert(new_version(first, state="refused"))
            assert (await read(stores.ledger, first.key)).record == first

    async def test_a_repeated_insert_after_another_write_raises(self) -> None:
        """The record is not its own any more, for example after a callback."""
        claim = new_claim()
        async with self.opened() as stores:
            stored = await stores.ledger.insert(claim)
            await stores.ledger.replace(stored, new_version(claim, state="sent"))
            with pytest.raises(RecordExists):
                await stores.ledger.insert(claim)
            assert (await read(stores.ledger, claim.key)).record.state == "sent"

    async def test_versions_follow_each_other(self) -> None:
        """A write and a read both return a version that the next write may replace."""
        claim = new_claim()
        async with self.opened() as stores:
            stored = await stores.ledger.insert(claim)
            for state in ("unknown", "released", "claimed"):
                stored = await stores.ledger.replace(stored, new_version(stored.record, state=state))
            stored = await stores.ledger.replace(
                await read(stores.ledger, claim.key), new_version(claim, state="queued")
            )
            assert (stored.record.state, stored.age) == ("queued", 0)

    async def test_a_version_replaces_every_field(self) -> None:
        """It is not merged into the one before."""
        ended = new_version(
            new_claim(), state="rejected", reason="no", code=21211, ended_at=datetime(2026, 1, 31, tzinfo=UTC)
        )
        open_again = new_version(ended, state="claimed", reason="", code=0, ended_at=None)
        async with self.opened() as stores:
            await stores.ledger.replace(await stores.ledger.insert(ended), open_again)
            assert (await read(stores.ledger, ended.key)).record == open_again

    async def test_replacing_an_old_version_raises(self) -> None:
        """The newer version stays."""
        claim = new_claim()
        async with self.opened() as stores:
            old = await stores.ledger.insert(claim)
            await stores.ledger.replace(old, new_version(claim, state="sent"))
            with pytest.raises(RecordChanged):
                await stores.ledger.replace(old, new_version(claim, state="unknown"))
            with pytest.raises(RecordChanged):
                await stores.ledger.delete(old)
            assert (await read(stores.ledger, claim.key)).record.state == "sent"

    async def test_a_repeated_replacement_succeeds(self) -> None:
        """Its answer was lost and the SDK repeated it: the current version is its own."""
        claim = new_claim()
        written = new_version(claim, state="queued")
        async with self.opened() as stores:
            old = await stores.ledger.insert(claim)
            await stores.ledger.replace(old, written)
            stored = await stores.ledger.replace(old, written)
            assert stored.record == written
            await stores.ledger.replace(stored, new_version(written, state="sent"))
            assert (await read(stores.ledger, claim.key)).record.state == "sent"

    async def test_a_deleted_record_cannot_be_replaced(self) -> None:
        """A purged record does not return."""
        claim = new_claim()
        async with self.opened() as stores:
            stored = await stores.ledger.insert(claim)
            await stores.ledger.delete(stored)
            with pytest.raises(RecordChanged):
                await stores.ledger.replace(stored, new_version(claim, state="sent"))
            assert await stores.ledger.read(claim.key) is None

    async def test_a_deleted_record_can_be_inserted_again(self) -> None:
        """For a new delivery with the same id. Deleting twice is no error."""
        claim = new_claim()
        async with self.opened() as stores:
            stored = await stores.ledger.insert(claim)
            await stores.ledger.delete(stored)
            await stores.ledger.delete(stored)
            assert (await stores.ledger.insert(new_version(claim))).record.state == "claimed"

    async def test_the_age_is_counted_since_the_last_write(self) -> None:
        """By the ledger's own clock, in seconds."""
        claim = new_claim()
        async with self.opened() as stores:
            await stores.ledger.insert(claim)
            await stores.wait(2.1)
            stored = await read(stores.ledger, claim.key)
            assert 1 <= stored.age < 60
            assert [1 <= each.age < 60 for each in await stores.ledger.of_recipient(claim.key.partition)] == [True]
            await stores.ledger.replace(stored, new_version(claim))
            assert (await read(stores.ledger, claim.key)).age < stored.age

    async def test_a_recipients_records_are_found_together(self) -> None:
        """Texts and calls in any state, and none of another recipient."""
        first, other = new_claim(), new_claim()
        second = new_version(first, key=msgspec.structs.replace(first.key, id="t2"), state="delivered")
        call = new_version(first, key=msgspec.structs.replace(first.key, kind="call"), state="completed")
        async with self.opened() as stores:
            for each in (first, second, call, other):
                await stores.ledger.insert(each)
            together = await stores.ledger.of_recipient(first.key.partition)
            assert {each.record.key.row for each in together} == {"sms:t1", "sms:t2", "call:t1"}
            for stored in together:
                await stores.ledger.replace(stored, new_version(stored.record, word="seen"))

    @pytest.mark.parametrize(
        ("phase", "state"), [("open", "claimed"), ("open", "released"), ("accepted", "sent"), ("ended", "delivered")]
    )
    async def test_old_records_are_found_by_their_phase(self, phase: Phase, state: str) -> None:
        """The phase after the last write; a record that was written since is not old."""
        claim = new_claim()
        async with self.opened() as stores:
            await stores.ledger.replace(await stores.ledger.insert(claim), new_version(claim, state=state))
            await stores.wait(1.1)
            phases: tuple[Phase, ...] = ("open", "accepted", "ended")
            for each in phases:
                old = await found(stores.ledger.older(each, 0.5), claim.key.partition)
                assert [record.state for record in old] == ([state] if each == phase else [])
                assert await found(stores.ledger.older(each, LONG_AGO), claim.key.partition) == []

    async def test_old_records_come_in_pages_that_may_be_written_to(self) -> None:
        """More than a page, each deleted as it comes: none is missed or repeated."""
        claim = new_claim()
        keys = [msgspec.structs.replace(claim.key, id=f"t{number}") for number in range(self.page + 3)]
        seen: list[str] = []
        async with self.opened() as stores:
            for key in keys:
                await stores.ledger.insert(new_version(claim, key=key, state="delivered"))
            await stores.wait(1.1)
            pages = 0
            async for page in stores.ledger.older("ended", 0.5):
                pages += 1
                for stored in page:
                    if stored.record.key.partition == claim.key.partition:
                        seen.append(stored.record.key.id)
                        await stores.ledger.delete(stored)
            assert sorted(seen) == sorted(key.id for key in keys)
            assert pages > 1
            assert await stores.ledger.of_recipient(claim.key.partition) == []

    @pytest.mark.parametrize("identity", [EVERY_CHARACTER, "x" * 100, "-", ":", "...", "a:b:c", "sms:t1"])
    @pytest.mark.parametrize("to", ["+15005550010", "whatsapp:+15005550010"])
    async def test_every_id_that_a_command_may_have_is_a_key(self, to: str, identity: str) -> None:
        """Every character, the longest id, and ids that look like something else."""
        claim = record(queued({**TEXT, "to": to, "id": identity}), run=uuid.uuid4().hex)
        async with self.opened() as stores:
            stored = await stores.ledger.insert(claim)
            assert (await read(stores.ledger, claim.key)).record == claim
            assert claim in [each.record for each in await stores.ledger.of_recipient(claim.key.partition)]
            await stores.ledger.delete(stored)
            assert await stores.ledger.read(claim.key) is None

    async def test_a_long_reason_is_stored(self) -> None:
        """As long as the longest of ours, in characters that need four bytes."""
        long = new_version(new_claim(), state="rejected", reason="😀" * 1000)
        async with self.opened() as stores:
            await stores.ledger.insert(long)
            assert (await read(stores.ledger, long.key)).record.reason == long.reason

    async def test_a_time_keeps_its_instant_and_its_zone(self) -> None:
        """To the microsecond, because what is read is compared with what was written."""
        seen = datetime(2026, 1, 31, 23, 59, 59, 999999, tzinfo=UTC)
        late = new_version(new_claim(), first_seen=seen, give_up_at=seen + timedelta(days=1))
        async with self.opened() as stores:
            await stores.ledger.insert(late)
            kept = (await read(stores.ledger, late.key)).record
            assert (kept.first_seen, kept.give_up_at) == (late.first_seen, late.give_up_at)
            assert kept.first_seen.utcoffset() == timedelta(0)

    async def test_the_check_of_a_reachable_ledger_succeeds(self) -> None:
        """/api/health calls it."""
        async with self.opened() as stores:
            await stores.ledger.check()


class OptOutsContract:
    """Each test applies to all opt-outs."""

    def opened(self) -> AbstractAsyncContextManager[Stores]:
        """The stores of one test."""
        raise NotImplementedError

    @pytest.mark.parametrize("sender", SENDERS)
    async def test_an_opt_out_lasts_until_it_is_removed(self, sender: str) -> None:
        """For every form of a sender. Adding and removing are idempotent."""
        partition = new_claim().key.partition
        async with self.opened() as stores:
            assert not await stores.opt_outs.has(partition, sender)
            for _ in range(2):
                await stores.opt_outs.add(partition, sender)
                assert await stores.opt_outs.has(partition, sender)
            for _ in range(2):
                await stores.opt_outs.remove(partition, sender)
                assert not await stores.opt_outs.has(partition, sender)

    async def test_an_opt_out_applies_to_one_recipient_and_one_sender(self) -> None:
        """Not to another sender or another number."""
        partition, other = new_claim().key.partition, new_claim().key.partition
        async with self.opened() as stores:
            for sender in SENDERS[1:]:
                await stores.opt_outs.add(partition, sender)
            assert not await stores.opt_outs.has(partition, SENDERS[0])
            await stores.opt_outs.remove(partition, SENDERS[1])
            assert await stores.opt_outs.has(partition, SENDERS[2])
            assert not await stores.opt_outs.has(other, SENDERS[2])

    async def test_an_unknown_sender_has_no_opt_out(self) -> None:
        """A command without a sender is refused elsewhere."""
        async with self.opened() as stores:
            assert not await stores.opt_outs.has(new_claim().key.partition, "")
