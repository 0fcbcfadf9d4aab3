"""<Record>: records a caller's message."""

from __future__ import annotations

from local.twilio.status_callbacks import recording_url, report_recording, report_transcription
from local.twilio.twiml.sentences import describe
from local.twilio.twiml.verbs import Record, Recorded
from local.twilio.users.handset_user import HungUp
from local.twilio.voice.call_leg import CallLeg


async def record_message(leg: CallLeg, verb: Record) -> Recorded | None:
    """Record the user's message. Silence gives None, and the callback `absent` where the verb subscribes to it.

    Raises HungUp when the user ends the message by hanging up.
    """
    exchange = leg.exchange
    message = await leg.user.speak(leg.call, verb)
    leg.report(f"{describe(verb)}; {f'a message of {message.seconds} s' if message.seconds else 'silence'}")
    recording = exchange.account.add_recording(
        call_sid=leg.call.sid, seconds=message.seconds, source="RecordVerb", text=message.text, wav=message.wav
    )
    status = "completed" if message.seconds else "absent"
    if status in verb.callback_events:
        exchange.work.start(report_recording(exchange, recording, status, verb.callback, verb.callback_method))
    if not message.seconds:
        return None
    if verb.transcription:
        exchange.work.start(report_transcription(exchange, leg.call, recording, verb.transcription))
    key = message.ended_by or verb.finish_on_key[-1:] or "hangup"
    recorded = Recorded(recording.sid, recording_url(exchange, recording), message.seconds, key)
    if leg.user.has_hung_up:
        raise HungUp(recorded)
    return recorded
