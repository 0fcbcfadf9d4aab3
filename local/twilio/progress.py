"""Status callbacks: what the app hears of its calls, texts and recordings."""

from __future__ import annotations

from local.twilio import parameters
from local.twilio.exchange import Exchange
from local.twilio.records import ENDED_TEXT, Call, Message, Recording
from local.twilio.webhooks import Answer, Webhook


async def report_call(exchange: Exchange, call: Call, event: str, word: str) -> Answer | None:
    """Tell of a call's event, when the app wants to hear of it: Twilio's event, and CallStatus for it."""
    if not call.status_callback or event not in call.status_callback_events:
        return None
    now = exchange.account.clock()
    form = parameters.of_call_progress(call, exchange.account.sid, word, now)
    call.sequence += 1
    webhook = Webhook(
        url=call.status_callback,
        method=call.status_callback_method,
        parameters=form,
        summary=f"call {call.sid} is {word}",
    )
    return await _in_order(exchange, call.sid, webhook, last=event == "completed")


async def finish_call(exchange: Exchange, call: Call, status: str) -> Answer | None:
    """A call comes to its end, which is told once."""
    call.move(status, exchange.account.clock())
    exchange.desk.end(call)
    seconds = f" after {call.duration} s" if call.started else ""
    exchange.say(f"call {_between(call)} {status}{seconds} {call.sid}")
    return await report_call(exchange, call, "completed", status)


async def report_text(exchange: Exchange, message: Message) -> Answer | None:
    """Tell of a text's state."""
    if not message.status_callback:
        return None
    form = parameters.of_message_status(message, exchange.account.sid)
    summary = f"text {message.sid} is {message.status}"
    webhook = Webhook(url=message.status_callback, parameters=form, summary=summary)
    return await _in_order(exchange, message.sid, webhook, last=message.status in ENDED_TEXT)


async def _in_order(exchange: Exchange, sid: str, webhook: Webhook, *, last: bool) -> Answer | None:
    """Tell a state now; or, where the fault `disordered` befalls these, all at the end and the last one first."""
    if sid not in exchange.held and (last or not exchange.faults.take("disordered")):
        return await exchange.webhooks.send(webhook)
    exchange.held.setdefault(sid, []).append(webhook)
    if not last:
        return None
    answers = [await exchange.webhooks.send(held) for held in reversed(exchange.held.pop(sid))]
    return answers[0]


async def report_recording(
    exchange: Exchange, recording: Recording, status: str, callback: str, method: str = "POST", *, channels: int = 1
) -> Answer | None:
    """Tell of a recording that was made (`completed`) or not (`absent`)."""
    if not callback:
        return None
    url = recording_url(exchange, recording)
    form = parameters.of_recording(recording, exchange.account.sid, status, url, channels=channels)
    summary = f"recording {recording.sid} is {status}"
    return await exchange.webhooks.send(Webhook(url=callback, method=method, parameters=form, summary=summary))


async def report_transcription(exchange: Exchange, call: Call, recording: Recording, callback: str) -> Answer:
    """Tell what was said in a recording."""
    form = parameters.of_transcription(call, recording, exchange.account.sid, recording_url(exchange, recording))
    summary = f"recording {recording.sid} is transcribed"
    return await exchange.webhooks.send(Webhook(url=callback, parameters=form, summary=summary))


def recording_url(exchange: Exchange, recording: Recording) -> str:
    """Where the recording can be heard: on the stand-in itself."""
    return f"{exchange.url}/2010-04-01/Accounts/{exchange.account.sid}/Recordings/{recording.sid}"


def _between(call: Call) -> str:
    return f"from {call.sender}" if call.direction == "inbound" else f"to {call.to}"
