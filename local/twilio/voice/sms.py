"""<Sms>: sends a text from within a call."""

from __future__ import annotations

from local.twilio.addresses import can_be_texted, completed, is_e164, is_sender_name
from local.twilio.twiml.sentences import describe
from local.twilio.twiml.verbs import Sent, Text
from local.twilio.voice.call_leg import CallLeg


async def send_text(leg: CallLeg, verb: Text) -> Sent:
    """Send a text; by default to the other party, from the app's number in this call."""
    account, call = leg.exchange.account, leg.call
    inbound = call.direction == "inbound"
    to = verb.to or (call.sender if inbound else call.to)
    sender = verb.sender or (call.to if inbound else call.sender)
    to = completed(to, sender)
    leg.report(describe(verb))
    if problem := _problem(leg, to, sender):
        leg.report(f"{problem}: the text is not sent")
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


def _problem(leg: CallLeg, to: str, sender: str) -> str:
    """Return Twilio's error for the two parties of a text, "" without one."""
    if not can_be_texted(to):
        return f"21211 {to or 'a withheld number'} is no number that can be texted"
    if not is_e164(sender) and not is_sender_name(sender):
        return f"21212 {sender} is no sender"
    return f"21610 {to} has opted out" if leg.exchange.account.has_opted_out(to, sender) else ""
