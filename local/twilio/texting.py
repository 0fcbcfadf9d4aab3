"""Texts that are sent from within a call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.twilio.twiml.sentences import describe
from local.twilio.twiml.steps import Sent, Text

if TYPE_CHECKING:
    from local.twilio.calls import LiveCall


def text_from_call(live: LiveCall, step: Text) -> Sent:
    """The other party is who is texted, from the number that the app has in this call."""
    account, call = live.exchange.account, live.call
    inbound = call.direction == "inbound"
    to = step.to or (call.sender if inbound else call.to)
    sender = step.sender or (call.to if inbound else call.sender)
    live.tell(describe(step))
    if account.has_opted_out(to, sender):
        live.tell(f"21610 {to} has opted out: the text is not sent")
        return Sent("", "failed")
    message = account.add_message(
        to=to,
        sender=sender,
        body=step.body,
        status="queued",
        direction="outbound-call",
        status_callback=step.status_callback,
    )
    live.exchange.deliver(message)
    return Sent(message.sid, message.status)
