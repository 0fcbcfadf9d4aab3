"""<Sms>: sends a text from within a call."""

from __future__ import annotations

from local.twilio.twiml.sentences import describe
from local.twilio.twiml.verbs import Sent, Text
from local.twilio.voice.call_leg import CallLeg


async def send_text(leg: CallLeg, verb: Text) -> Sent:
    """Send a text; by default to the other party, from the app's number in this call."""
    account, call = leg.exchange.account, leg.call
    inbound = call.direction == "inbound"
    to = verb.to or (call.sender if inbound else call.to)
    sender = verb.sender or (call.to if inbound else call.sender)
    leg.report(describe(verb))
    if account.has_opted_out(to, sender):
        leg.report(f"21610 {to} has opted out: the text is not sent")
        return Sent("", "failed")
    message = account.add_message(
        to=to,
        sender=sender,
        body=verb.body,
        status="queued",
        direction="outbound-call",
        status_callback=verb.status_callback,
    )
    leg.exchange.deliver(message)
    return Sent(message.sid, message.status)
