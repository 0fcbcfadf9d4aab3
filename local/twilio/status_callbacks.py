"""Status callbacks of calls, texts and recordings."""

from __future__ import annotations

from local.twilio import parameters
from local.twilio.exchange import Exchange
from local.twilio.records import ENDED_TEXT, Call, Message, Recording
from local.twilio.webhooks import Answer, Webhook


async def report_call(exchange: Exchange, call: Call, event: str, status: str) -> Answer | None:
    """Send the callback for a call's event with this CallStatus; None when the call has no callback for that event."""
    if not call.status_callback or event not in call.status_callback_events:
        return None
    now = exchange.account.clock()
    form = parameters.of_call_progress(call, exchange.account.sid, status, now)
    call.sequence += 1
    webhook = Webhook(
        url=call.status_callback,
        method=call.status_callback_method,
        parameters=form,
        summary=f"call {call.sid} is {status}",
    )
    return await exchange.webhooks.send_in_sequence(call.sid, webhook, last=event == "completed")


async def finish_call(exchange: Exchange, call: Call, status: str) -> Answer | None:
    """End a call with this status, and send its last callback."""
    call.move(status, exchange.account.clock())
    exchange.display.ended(call)
    seconds = f" after {call.duration} s" if call.started else ""
    exchange.say(f"call {_other_number(call)} {status}{seconds} {call.sid}")
    return await report_call(exchange, call, "completed", status)


async def report_text(exchange: Exchange, message: Message) -> Answer | None:
    """Send the callback for a text's current state; None when the text has no callback."""
    if not message.status_callback:
        return None
    form = parameters.of_message_status(message, exchange.account.sid)
    summary = f"text {message.sid} is {message.status}"
    webhook = Webhook(url=message.status_callback, parameters=form, summary=summary)
    return await exchange.webhooks.send_in_sequence(message.sid, webhook, last=message.status in ENDED_TEXT)


async def report_recording(
    exchange: Exchange, recording: Recording, status: str, callback: str, method: str = "POST", *, channels: int = 1
) -> Answer | None:
    """Send the callback for a recording that is `completed` or `absent`; None when there is no callback URL."""
    if not callback:
        return None
    url = recording_url(exchange, recording)
    form = parameters.of_recording(recording, exchange.account.sid, status, url, channels=channels)
    summary = f"recording {recording.sid} is {status}"
    return await exchange.webhooks.send(Webhook(url=callback, method=method, parameters=form, summary=summary))


async def report_transcription(exchange: Exchange, call: Call, recording: Recording, callback: str) -> Answer:
    """Send the callback with a recording's transcription."""
    form = parameters.of_transcription(call, recording, exchange.account.sid, recording_url(exchange, recording))
    summary = f"recording {recording.sid} is transcribed"
    return await exchange.webhooks.send(Webhook(url=callback, parameters=form, summary=summary))


def recording_url(exchange: Exchange, recording: Recording) -> str:
    """Return the URL of a recording's sound, which the stand-in serves."""
    return f"{exchange.url}/2010-04-01/Accounts/{exchange.account.sid}/Recordings/{recording.sid}"


def _other_number(call: Call) -> str:
    return f"from {call.sender}" if call.direction == "inbound" else f"to {call.to}"
