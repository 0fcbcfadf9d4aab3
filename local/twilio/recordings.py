"""Messages that callers leave, and calls that are recorded whole."""

from __future__ import annotations

import io
import wave
from typing import TYPE_CHECKING

from local.twilio.people import HungUp
from local.twilio.progress import recording_url, report_recording, report_transcription
from local.twilio.records import Recording
from local.twilio.twiml.sentences import describe
from local.twilio.twiml.steps import Dial, Record, Recorded

if TYPE_CHECKING:
    from local.twilio.calls import LiveCall

SAMPLES_A_SECOND = 8000


async def record_message(live: LiveCall, step: Record) -> Recorded | None:
    """Record what the person says; silence is no recording, and is told as `absent` where that is asked for.

    Raises HungUp when the person ends it that way.
    """
    exchange = live.exchange
    spoken = await live.person.speak(live.call, step)
    live.tell(f"{describe(step)}; {f'a message of {spoken.seconds} s' if spoken.seconds else 'silence'}")
    recording = exchange.account.add_recording(
        call_sid=live.call.sid, seconds=spoken.seconds, source="RecordVerb", text=spoken.text, wav=spoken.wav
    )
    status = "completed" if spoken.seconds else "absent"
    if status in step.callback_events:
        exchange.work.start(report_recording(exchange, recording, status, step.callback, step.callback_method))
    if not spoken.seconds:
        return None
    if step.transcription:
        exchange.work.start(report_transcription(exchange, live.call, recording, step.transcription))
    key = spoken.ended_by or step.finish_on_key[-1:] or "hangup"
    recorded = Recorded(recording.sid, recording_url(exchange, recording), spoken.seconds, key)
    if live.person.gone:
        raise HungUp(recorded)
    return recorded


async def record_conversation(live: LiveCall, step: Dial, seconds: int) -> str:
    """Record what was spoken while two were connected: its URL, "" when the Dial wants none."""
    if not step.record:
        return ""
    exchange = live.exchange
    recording = exchange.account.add_recording(call_sid=live.call.sid, seconds=seconds, source="DialVerb")
    live.tell(f"the conversation is recorded: {recording.sid}")
    if "completed" in step.callback_events:
        channels = 2 if step.record.endswith("dual") else 1
        report = report_recording(
            exchange, recording, "completed", step.callback, step.callback_method, channels=channels
        )
        exchange.work.start(report)
    return recording_url(exchange, recording)


async def record_call(live: LiveCall) -> None:
    """Record a call that was created with `Record=true`, at its end."""
    recorder = live.call.recorder
    if not recorder.wanted or not live.call.started:
        return
    recording = live.exchange.account.add_recording(
        call_sid=live.call.sid, seconds=live.call.duration, source="OutboundAPI"
    )
    if "completed" in recorder.events:
        await report_recording(live.exchange, recording, "completed", recorder.callback, recorder.method)


def sound(recording: Recording) -> bytes:
    """The recording as a WAV file: as the microphone heard it, else silence of its length."""
    if recording.wav:
        return recording.wav
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(SAMPLES_A_SECOND)
        writer.writeframes(b"\0\0" * SAMPLES_A_SECOND * recording.seconds)
    return file.getvalue()
