"""What any ledger and any list of opt-outs promise: the same tests for the ones in memory and the ones on a table."""

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
class Books:
    """A ledger and opt-outs, and how time goes by for them."""

    ledger: Ledger
    opt_outs: OptOuts
    wait: Callable[[float], Awaitable[None]]


def someone() -> DeliveryRecord:
    """A claimed text to a number that no other test has."""
    number = f"+{uuid.uuid4().int % 10**14 + 10**14}"
    return record(queued({**TEXT, "to": number}), run=uuid.uuid4().hex)


def another(of: DeliveryRecord, **changes: object) -> DeliveryRecord:
    """The next version of a record, by another write."""
    return msgspec.structs.replace(of, run=uuid.uuid4().hex, **changes)


async def read(ledger: Ledger, key: DeliveryKey) -> Stored:
    """The record that is there."""
    stored = await ledger.read(key)
    assert stored is not None
    return stored


async def found(pages: AsyncIterator[list[Stored]], partition: str) -> list[DeliveryRecord]:
    """The records of one recipient in all pages: other tests may have written others."""
    return [stored.record async for page in pages for stored in page if stored.record.key.partition == partition]


class LedgerContract:
    """Each test holds for every ledger, which tells so many records in a page."""

    page = 1

    def opened(self) -> AbstractAsyncContextManager[Books]:
        """The books of one test."""
        raise NotImplementedError

    async def test_what_was_written_is_read(self) -> None:
        """Every field, also those that are not there yet."""
        full = another(
            someone(),
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
        bare = another(someone(), first_claimed_at=None, sender="", body_digest="", body_length=0)
        async with self.opened() as books:
            for written in (full, bare):
                await books.ledger.insert(written)
                assert (await read(books.ledger, written.key)).record == written

    async def test_what_is_not_there_is_none(self) -> None:
        """A new command, most of the time."""
        async with self.opened() as books:
            assert await books.ledger.read(someone().key) is None
            assert await books.ledger.of_recipient(someone().key.partition) == []

    async def test_who_is_second_to_insert_is_told(self) -> None:
        """One claim wins, and the record is the winner's."""
        first = someone()
        async with self.opened() as books:
            await books.ledger.insert(first)
            with pytest.raises(RecordExists):
                await books.ledger.insert(another(first, state="refused"))
            assert (await read(books.ledger, first.key)).record == first

    async def test_an_insert_repeated_is_ones_own(self) -> None:
        """Its answer was lost and it was sent again: what stands in the way is what it wrote, and can be written on."""
        claim = someone()
        async with self.opened() as books:
            await books.ledger.insert(claim)
            stored = await books.ledger.insert(claim)
            assert stored.record == claim
            await books.ledger.replace(stored, another(claim, state="queued"))
            assert (await read(books.ledger, claim.key)).record.state == "queued"

    async def test_an_insert_repeated_after_somebody_wrote_on_is_refused(self) -> None:
        """It is not one's own any more: a callback has been there."""
        claim = someone()
        async with self.opened() as books:
            stored = await books.ledger.insert(claim)
            await books.ledger.replace(stored, another(claim, state="sent"))
            with pytest.raises(RecordExists):
                await books.ledger.insert(claim)
            assert (await read(books.ledger, claim.key)).record.state == "sent"

    async def test_versions_follow_each_other(self) -> None:
        """What a write returns is what the next one may be based on; so is what is read."""
        claim = someone()
        async with self.opened() as books:
            stored = await books.ledger.insert(claim)
            for state in ("unknown", "released", "claimed"):
                stored = await books.ledger.replace(stored, another(stored.record, state=state))
            stored = await books.ledger.replace(await read(books.ledger, claim.key), another(claim, state="queued"))
            assert (stored.record.state, stored.age) == ("queued", 0)

    async def test_what_is_gone_from_a_version_is_gone_from_the_record(self) -> None:
        """A version is written whole, not merged into the one before."""
        ended = another(
            someone(), state="rejected", reason="no", code=21211, ended_at=datetime(2026, 1, 31, tzinfo=UTC)
        )
        open_again = another(ended, state="claimed", reason="", code=0, ended_at=None)
        async with self.opened() as books:
            await books.ledger.replace(await books.ledger.insert(ended), open_again)
            assert (await read(books.ledger, ended.key)).record == open_again

    async def test_who_writes_over_an_old_version_is_told(self) -> None:
        """And what stands is what was written in between."""
        claim = someone()
        async with self.opened() as books:
            old = await books.ledger.insert(claim)
            await books.ledger.replace(old, another(claim, state="sent"))
            with pytest.raises(RecordChanged):
                await books.ledger.replace(old, another(claim, state="unknown"))
            with pytest.raises(RecordChanged):
                await books.ledger.delete(old)
            assert (await read(books.ledger, claim.key)).record.state == "sent"

    async def test_a_replacement_repeated_is_ones_own(self) -> None:
        """Its answer was lost and it was sent again: the version is the one that it made itself."""
        claim = someone()
        written = another(claim, state="queued")
        async with self.opened() as books:
            old = await books.ledger.insert(claim)
            await books.ledger.replace(old, written)
            stored = await books.ledger.replace(old, written)
            assert stored.record == written
            await books.ledger.replace(stored, another(written, state="sent"))
            assert (await read(books.ledger, claim.key)).record.state == "sent"

    async def test_what_is_gone_cannot_be_written_over(self) -> None:
        """A record that was purged does not come back."""
        claim = someone()
        async with self.opened() as books:
            stored = await books.ledger.insert(claim)
            await books.ledger.delete(stored)
            with pytest.raises(RecordChanged):
                await books.ledger.replace(stored, another(claim, state="sent"))
            assert await books.ledger.read(claim.key) is None

    async def test_what_is_deleted_makes_room(self) -> None:
        """For a new delivery by the same id; what is gone already can be deleted again."""
        claim = someone()
        async with self.opened() as books:
            stored = await books.ledger.insert(claim)
            await books.ledger.delete(stored)
            await books.ledger.delete(stored)
            assert (await books.ledger.insert(another(claim))).record.state == "claimed"

    async def test_the_age_is_counted_since_the_last_write(self) -> None:
        """By the ledger's own clock, to the second."""
        claim = someone()
        async with self.opened() as books:
            await books.ledger.insert(claim)
            await books.wait(2.1)
            stored = await read(books.ledger, claim.key)
            assert 1 <= stored.age < 60
            assert [1 <= each.age < 60 for each in await books.ledger.of_recipient(claim.key.partition)] == [True]
            await books.ledger.replace(stored, another(claim))
            assert (await read(books.ledger, claim.key)).age < stored.age

    async def test_a_recipients_records_are_found_together(self) -> None:
        """Texts and calls, in any state, and nobody else's."""
        first, stranger = someone(), someone()
        second = another(first, key=msgspec.structs.replace(first.key, id="t2"), state="delivered")
        call = another(first, key=msgspec.structs.replace(first.key, kind="call"), state="completed")
        async with self.opened() as books:
            for each in (first, second, call, stranger):
                await books.ledger.insert(each)
            together = await books.ledger.of_recipient(first.key.partition)
            assert {each.record.key.row for each in together} == {"sms:t1", "sms:t2", "call:t1"}
            for stored in together:
                await books.ledger.replace(stored, another(stored.record, word="seen"))

    @pytest.mark.parametrize(
        ("phase", "state"), [("open", "claimed"), ("open", "released"), ("accepted", "sent"), ("ended", "delivered")]
    )
    async def test_old_records_are_found_by_their_phase(self, phase: Phase, state: str) -> None:
        """As it is after the last write; what was written since is not old."""
        claim = someone()
        async with self.opened() as books:
            await books.ledger.replace(await books.ledger.insert(claim), another(claim, state=state))
            await books.wait(1.1)
            phases: tuple[Phase, ...] = ("open", "accepted", "ended")
            for each in phases:
                old = await found(books.ledger.older(each, 0.5), claim.key.partition)
                assert [record.state for record in old] == ([state] if each == phase else [])
                assert await found(books.ledger.older(each, LONG_AGO), claim.key.partition) == []

    async def test_old_records_come_in_pages_that_may_be_written_to(self) -> None:
        """More than a page of them, each deleted as it comes: none is missed, and none comes twice."""
        claim = someone()
        keys = [msgspec.structs.replace(claim.key, id=f"t{number}") for number in range(self.page + 3)]
        seen: list[str] = []
        async with self.opened() as books:
            for key in keys:
                await books.ledger.insert(another(claim, key=key, state="delivered"))
            await books.wait(1.1)
            pages = 0
            async for page in books.ledger.older("ended", 0.5):
                pages += 1
                for stored in page:
                    if stored.record.key.partition == claim.key.partition:
                        seen.append(stored.record.key.id)
                        await books.ledger.delete(stored)
            assert sorted(seen) == sorted(key.id for key in keys)
            assert pages > 1
            assert await books.ledger.of_recipient(claim.key.partition) == []

    @pytest.mark.parametrize("identity", [EVERY_CHARACTER, "x" * 100, "-", ":", "...", "a:b:c", "sms:t1"])
    @pytest.mark.parametrize("to", ["+15005550010", "whatsapp:+15005550010"])
    async def test_every_id_that_a_command_may_have_is_a_key(self, to: str, identity: str) -> None:
        """Each character, the longest, and those that look like something else."""
        claim = record(queued({**TEXT, "to": to, "id": identity}), run=uuid.uuid4().hex)
        async with self.opened() as books:
            stored = await books.ledger.insert(claim)
            assert (await read(books.ledger, claim.key)).record == claim
            assert claim in [each.record for each in await books.ledger.of_recipient(claim.key.partition)]
            await books.ledger.delete(stored)
            assert await books.ledger.read(claim.key) is None

    async def test_a_long_reason_is_kept_whole(self) -> None:
        """As long as we write any, in characters that take much room."""
        long = another(someone(), state="rejected", reason="😀" * 1000)
        async with self.opened() as books:
            await books.ledger.insert(long)
            assert (await read(books.ledger, long.key)).record.reason == long.reason

    async def test_a_time_keeps_its_instant_and_its_zone(self) -> None:
        """To the microsecond: what is read is compared with what was written."""
        seen = datetime(2026, 1, 31, 23, 59, 59, 999999, tzinfo=UTC)
        late = another(someone(), first_seen=seen, give_up_at=seen + timedelta(days=1))
        async with self.opened() as books:
            await books.ledger.insert(late)
            kept = (await read(books.ledger, late.key)).record
            assert (kept.first_seen, kept.give_up_at) == (late.first_seen, late.give_up_at)
            assert kept.first_seen.utcoffset() == timedelta(0)

    async def test_a_ledger_that_answers_is_well(self) -> None:
        """What /api/health asks."""
        async with self.opened() as books:
            await books.ledger.check()


class OptOutsContract:
    """Each test holds for every list of opt-outs."""

    def opened(self) -> AbstractAsyncContextManager[Books]:
        """The books of one test."""
        raise NotImplementedError

    @pytest.mark.parametrize("sender", SENDERS)
    async def test_a_stop_holds_until_it_is_taken_back(self, sender: str) -> None:
        """For every sender that a command may have; told twice is told once, and taken back twice is fine."""
        partition = someone().key.partition
        async with self.opened() as books:
            assert not await books.opt_outs.has(partition, sender)
            for _ in range(2):
                await books.opt_outs.add(partition, sender)
                assert await books.opt_outs.has(partition, sender)
            for _ in range(2):
                await books.opt_outs.remove(partition, sender)
                assert not await books.opt_outs.has(partition, sender)

    async def test_a_stop_is_of_one_recipient_and_one_sender(self) -> None:
        """Neither another sender's nor another number's."""
        partition, stranger = someone().key.partition, someone().key.partition
        async with self.opened() as books:
            for sender in SENDERS[1:]:
                await books.opt_outs.add(partition, sender)
            assert not await books.opt_outs.has(partition, SENDERS[0])
            await books.opt_outs.remove(partition, SENDERS[1])
            assert await books.opt_outs.has(partition, SENDERS[2])
            assert not await books.opt_outs.has(stranger, SENDERS[2])

    async def test_nobody_has_told_a_sender_that_is_not_known(self) -> None:
        """A command that no setting gives a sender is refused elsewhere."""
        async with self.opened() as books:
            assert not await books.opt_outs.has(someone().key.partition, "")
