"""STOP and START: who told whom to stop, as Twilio counts it: per recipient and sender.

What arrives through a messaging service is written for the number and for the service.
"""

from __future__ import annotations

import logging

import msgspec

from switchboard.delivery import cancel
from switchboard.ledger import Ledger, OptOuts, hashed
from switchboard.messaging import START_WORDS, STOP_WORDS
from switchboard.rest import Twilio
from switchboard.settlement import Settlement
from switchboard.status import SCHEDULED
from switchboard.webhooks import IncomingMessage

logger = logging.getLogger(__name__)


class OptOutDesk(msgspec.Struct, frozen=True):
    """Takes down what texts that come in say about being texted."""

    ledger: Ledger
    opt_outs: OptOuts
    twilio: Twilio
    settlement: Settlement

    async def hear(self, message: IncomingMessage) -> None:
        """Note a STOP or a START, and cancel what is scheduled after a STOP. Other texts touch nothing.

        Raises StorageUnavailable when it could not be done: Twilio shall come again.
        """
        partition = hashed(message.sender)
        senders = [sender for sender in (message.recipient, message.messaging_service_sid) if sender]
        said = keyword(message)
        for sender in senders if said else ():
            note = self.opt_outs.add if said == "STOP" else self.opt_outs.remove
            await note(partition, sender)
        if said == "STOP":
            await self._cancel_scheduled(partition, senders)
        if said:
            logger.info("event=opt_out_heard word=%s sid=%s", said, message.sid)

    async def _cancel_scheduled(self, partition: str, senders: list[str]) -> None:
        for stored in await self.ledger.of_recipient(partition):
            record = stored.record
            if record.state == SCHEDULED and record.sender in senders:
                await cancel(self.twilio, self.settlement, record)


def keyword(message: IncomingMessage) -> str:
    """STOP or START when that is what a text says to Twilio, "" otherwise.

    With Advanced Opt-Out Twilio says so itself (`OptOutType`), whatever words an account has chosen.
    """
    if message.opt_out:
        return message.opt_out if message.opt_out in ("STOP", "START") else ""
    word = message.body.strip().upper()
    if word in STOP_WORDS:
        return "STOP"
    return "START" if word in START_WORDS else ""
