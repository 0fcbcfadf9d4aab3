"""Deliver a command exactly as often as promised: never lost, never twice.

A queue delivers at least once, a worker may die between any two lines, and Twilio's creates cannot be repeated safely.
So each attempt is claimed in the ledger before Twilio is asked, and what came of it is written down; what a message
does depends on the record it meets (decision.py). docs/operating.md draws each case; docs/decisions/0050 has the
promise and the window that remains.
"""

from __future__ import annotations

import logging

import msgspec

from switchboard import line, orders
from switchboard.clock import token
from switchboard.commands import PlaceCall, SendSms
from switchboard.decision import Step, decide
from switchboard.errors import (
    AccountFault,
    CommandRefused,
    ConfigurationError,
    OptedOut,
    OutcomeUnknown,
    Rejected,
    SecretsUnavailable,
    StorageUnavailable,
    TwilioError,
    is_gone,
)
from switchboard.ledger import OptOuts, Record, RecordChanged, RecordExists, Stored
from switchboard.line import Line
from switchboard.orders import Order, QueueMessage
from switchboard.progress import FIRST_DELAY, TAKEN_ID, TIMED_OUT, Ending, Progress, delay_by_age
from switchboard.reconciliation import Reconciliation
from switchboard.rest import Taken, Twilio
from switchboard.settings import Settings
from switchboard.settlement import Said, Settlement
from switchboard.status import OPTED_OUT, REFUSED, REJECTED, SCHEDULED

logger = logging.getLogger(__name__)

STOPPED = Ending(OPTED_OUT, "the recipient told this sender to stop")


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a delivery touches."""

    twilio: Twilio
    opt_outs: OptOuts
    settlement: Settlement
    progress: Progress
    reconciliation: Reconciliation
    line: Line

    @property
    def settings(self) -> Settings:
        """The app's settings."""
        return self.progress.settings

    async def deliver(self, message: QueueMessage) -> None:
        """Do what one message of an outbox asks for. Raises StorageUnavailable when the queue shall bring it again."""
        try:
            order = orders.read(message, self.progress.clock.now())
        except CommandRefused as refused:
            await self.progress.refuse(message, orders.id_in(message) or message.id, refused)
            return
        try:
            await self._meet(message, order)
        except StorageUnavailable as away:
            logger.warning("event=delivery_postponed id=%s error=%s", order.key.row, away)
            await self.progress.put_back(order, delay_by_age(self.progress.clock.now() - order.first_seen))

    async def _meet(self, message: QueueMessage, order: Order) -> None:
        """Do what record and message together say. A new command is claimed without looking: most are new."""
        if not self.line.lets_through(self._sender(order)):
            await self.progress.set_aside(order)
            return
        if order.attempt == 0 and not await self._obstacle(order) and await self._claim(order, None):
            return
        stored = await self.progress.ledger.read(order.key)
        decision = decide(stored, order, self.settings)
        if decision.step is Step.CLAIM:
            await self._attempt(order, stored)
        elif decision.step is Step.REFUSE:
            await self.progress.refuse(message, order.key.id, CommandRefused(TAKEN_ID))
        elif decision.step is Step.COME_BACK:
            await self.progress.put_back(order, decision.seconds)
        elif stored and decision.step is Step.DOUBT:
            await self.progress.doubt(order, stored)
        elif stored and decision.step is Step.LOOK:
            await self._look(message, order, stored)
        elif stored:
            await self._cancel_if_stopped(order, stored.record)

    async def _look(self, message: QueueMessage, order: Order, stored: Stored) -> None:
        """Look at Twilio's list; while our account is at fault, wait without ageing."""
        try:
            adopted = await self.reconciliation.look(message, order, stored)
        except AccountFault as fault:
            self.line.stop(stored.record.sender, fault)
            await self.progress.set_aside(order)
            return
        if adopted:
            await self._cancel_if_stopped(order, adopted)

    async def _attempt(self, order: Order, stored: Stored | None) -> None:
        """Claim and send, unless something ends the delivery first."""
        obstacle = await self._obstacle(order, is_new=stored is None)
        if obstacle:
            await self.progress.end(order, stored, obstacle)
        elif not await self._claim(order, stored):
            await self.progress.put_back(order, FIRST_DELAY)

    async def _obstacle(self, order: Order, *, is_new: bool = True) -> Ending | None:
        """What keeps a command from being sent at this moment. Only a new one is held against clock and settings."""
        now = self.progress.clock.now()
        try:
            if is_new:
                order.command.check_when_taken(self.settings, now)
        except CommandRefused as refused:
            return Ending(REFUSED, refused.reason)
        if now >= order.give_up_at:
            return TIMED_OUT
        return STOPPED if await self._has_stopped(order) else None

    async def _claim(self, order: Order, stored: Stored | None) -> bool:
        """Claim the attempt and make it; False when somebody else has written the record."""
        begun = self.progress.clock.monotonic()
        claim = order.claim(self.settings, token(self.progress.chance), self.progress.clock.now())
        try:
            if stored is None:
                claimed = await self.progress.ledger.insert(claim)
            else:
                old = stored.record
                claim = msgspec.structs.replace(claim, first_claimed_at=old.first_claimed_at, sids=old.sids)
                claimed = await self.progress.ledger.replace(stored, claim)
        except (RecordExists, RecordChanged):
            return False
        await self._send(order, claimed, begun)
        return True

    async def _send(self, order: Order, claimed: Stored, begun: float) -> None:
        """Ask Twilio within the claim's time: started within a quarter of it, ended within half."""
        spent = self.progress.clock.monotonic() - begun
        if spent > self.settings.claim_seconds / 4:
            await self.progress.later(order, claimed)
            return
        try:
            taken = await self._create(order, self.settings.claim_seconds / 2 - spent)
        except OptedOut as stopped:
            await self.opt_outs.add(order.key.partition, claimed.record.sender)
            await self.progress.end(order, claimed, Ending(OPTED_OUT, stopped.said, stopped.code))
        except Rejected as rejected:
            self.line.mend(self._sender(order))
            await self.progress.end(order, claimed, Ending(REJECTED, rejected.said, rejected.code))
        except AccountFault as fault:
            await self._find_fault(order, claimed, fault)
        except OutcomeUnknown as unknown:
            logger.warning("event=outcome_unknown id=%s attempt=%d error=%s", order.key.row, order.attempt, unknown)
            await self.progress.doubt(order, claimed)
        except (SecretsUnavailable, ConfigurationError) as unready:
            logger.error("event=command_postponed id=%s attempt=%d error=%s", order.key.row, order.attempt, unready)
            await self.progress.postpone(order, claimed)
        except TwilioError as not_taken:
            logger.warning("event=command_later id=%s attempt=%d error=%s", order.key.row, order.attempt, not_taken)
            await self.progress.later(order, claimed, not_taken.retry_after or 0)
        else:
            self.line.mend(self._sender(order))
            await self._accept(order, claimed, taken)

    async def _create(self, order: Order, seconds: float) -> Taken:
        kind = order.key.kind
        callback = status_url(self.settings, f"{kind}?id={order.key.reference(order.attempt)}")
        if isinstance(order.command, PlaceCall):
            return await self.twilio.place_call(order.command, self._sender(order), callback, seconds)
        return await self.twilio.send_text(order.command, self._sender(order), callback, seconds)

    async def _accept(self, order: Order, claimed: Stored, taken: Taken) -> None:
        said = Said(sid=taken.sid, word=taken.status, attempt=order.attempt)
        settled = await self.settlement.apply(claimed, said) or await self.settlement.hear(order.key, said)
        seconds = (self.progress.clock.now() - order.queued_at).total_seconds()
        told = "event=command_accepted queue=%s id=%s sid=%s attempt=%d seconds=%.1f"
        logger.info(told, order.queue, order.key.row, taken.sid, order.attempt, seconds)
        if settled:
            await self._cancel_if_stopped(order, settled)

    async def _find_fault(self, order: Order, claimed: Stored, fault: AccountFault) -> None:
        """Our account is at fault, unless the command chose what is: then it is a rejection like any other."""
        if line.is_of_command(fault.code, own_sender=order.command.has_own_sender):
            await self.progress.end(order, claimed, Ending(REJECTED, fault.said, fault.code))
            return
        self.line.stop(claimed.record.sender, fault)
        await self.progress.set_aside(order, attempt=order.attempt + 1)
        await self.progress.release(order, claimed)

    async def _has_stopped(self, order: Order) -> bool:
        """Whether the recipient of a text told its sender to stop; calls are not asked about."""
        if not isinstance(order.command, SendSms):
            return False
        return await self.opt_outs.has(order.key.partition, self._sender(order))

    async def _cancel_if_stopped(self, order: Order, record: Record) -> None:
        """A STOP may overtake the acceptance of a scheduled text: it looks for records, and this was none yet."""
        if record.state == SCHEDULED and await self._has_stopped(order):
            await cancel(self.twilio, self.settlement, record)

    def _sender(self, order: Order) -> str:
        return order.command.sender_in(self.settings)


async def cancel(twilio: Twilio, settlement: Settlement, record: Record) -> None:
    """Cancel a scheduled text at Twilio. Raises StorageUnavailable when that is to be tried again."""
    for sid in record.sids:
        try:
            canceled = await twilio.cancel_text(sid)
        except (TwilioError, SecretsUnavailable, ConfigurationError) as error:
            if isinstance(error, Rejected) or is_gone(error):
                logger.warning("event=cancel_too_late id=%s sid=%s", record.key.row, sid)
                continue
            raise StorageUnavailable(f"a scheduled text could not be canceled: {type(error).__name__}") from error
        else:
            await settlement.hear(record.key, Said(sid=sid, word=canceled.word, attempt=record.attempt))


def status_url(settings: Settings, path: str) -> str:
    """A status callback's URL as Twilio is given it: it comes again, three times, after any failure of ours.

    The fragment is Twilio's connection overrides and is not part of what Twilio signs.
    https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
    """
    return f"{settings.public_origin}/api/status/{path}#rc=3&rp=all"
