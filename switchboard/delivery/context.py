"""Everything that a delivery uses, in one frozen struct per worker."""

from __future__ import annotations

from random import Random

import msgspec

from switchboard.clock import Clock
from switchboard.delivery.circuit_breaker import CircuitBreaker
from switchboard.delivery.ledger import Ledger, OptOuts
from switchboard.delivery.record_locks import RecordLocks
from switchboard.delivery.twilio_client import TwilioClient
from switchboard.publishing import EventPublisher
from switchboard.queues import QueueWriter
from switchboard.settings import Settings


class LedgerContext(msgspec.Struct, frozen=True, kw_only=True):
    """What changes a record and reports it. A status callback needs no more, so Twilio's REST client stays unloaded."""

    settings: Settings
    ledger: Ledger
    opt_outs: OptOuts
    queues: QueueWriter
    events: EventPublisher
    clock: Clock
    random: Random
    locks: RecordLocks = msgspec.field(default_factory=RecordLocks)


class DeliveryContext(LedgerContext, frozen=True, kw_only=True):
    """What delivers a command: the same, and Twilio."""

    twilio: TwilioClient
    breaker: CircuitBreaker
