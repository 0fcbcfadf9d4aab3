"""Messages at the page's handsets, by keyboard and by microphone."""

from __future__ import annotations

import io
import wave

from tests.functional.page import CALLER, at_the_page
from tests.functional.twilio_standin_app import answer_steps, eventually, fields_of, session_with_key


async def test_a_message_by_keyboard_is_recorded_and_transcribed() -> None:
    """Its length follows from its words; the action and the transcription's callback get it."""
    async with at_the_page() as (app, standin, page):
        record = '<Record action="recorded" transcribe="true" transcribeCallback="/text"/>'
        answer_steps(app, incoming=record, recorded="<Hangup/>")
        await page.do(CALLER, "call")
        await page.until(CALLER, asks="message")
        await page.do(CALLER, "message", text="Please call me back, it is important", ended_by="#")
        await page.until(CALLER, state="ended")
        assert fields_of(app, "recorded", "RecordingDuration", "Digits") == ("3", "#")
        await eventually(lambda: bool(app.to("/text")))
        fields = app.to("/text")[0].fields
        assert (fields["TranscriptionStatus"], fields["TranscriptionText"]) == (
            "completed",
            "Please call me back, it is important",
        )
        assert fields["RecordingSid"] in standin.account.recordings


async def test_a_message_by_microphone_can_be_downloaded() -> None:
    """The sound is the one that was recorded, and hanging up with it still reaches the action."""
    async with at_the_page() as (app, standin, page):
        answer_steps(app, incoming='<Record action="recorded"/>', recorded="<Hangup/>")
        await page.do(CALLER, "call")
        await page.until(CALLER, asks="message")
        sound = wav(seconds=2)
        url = f"{standin.url}/standin/phones/{CALLER}/message?ended_by=hangup"
        async with session_with_key(standin) as session:
            async with session.post(url, data=sound, headers={"Content-Type": "audio/wav"}) as response:
                assert response.status == 200
            await page.until(CALLER, state="ended")
            link, seconds, key = fields_of(app, "recorded", "RecordingUrl", "RecordingDuration", "Digits")
            assert (seconds, key) == ("2", "hangup")
            async with session.get(link) as response:
                assert await response.read() == sound


async def test_an_upload_that_is_no_sound_is_refused() -> None:
    """400, and the recording continues; 409 without a recording."""
    async with at_the_page() as (app, standin, page):
        answer_steps(app, incoming='<Record action="recorded"/>', recorded='<Pause length="60"/>')
        assert await page.do(CALLER, "message", text="hello") == 409
        await page.do(CALLER, "call")
        await page.until(CALLER, asks="message")
        url = f"{standin.url}/standin/phones/{CALLER}/message"
        async with (
            session_with_key(standin) as session,
            session.post(url, data=b"RIFF", headers={"Content-Type": "audio/wav"}) as response,
        ):
            assert response.status == 400
            assert "is no WAV file" in (await response.json())["error"]
        assert await page.do(CALLER, "message", text="hello", ended_by="x") == 400
        assert await page.do(CALLER, "message", text="hello") == 200
        await page.until(CALLER, asks="")
        assert await page.do(CALLER, "message", text="hello") == 409


async def test_silence_is_no_message() -> None:
    """The document continues."""
    async with at_the_page() as (app, _, page):
        answer_steps(app, incoming='<Record action="recorded"/><Say>Nothing.</Say>')
        await page.do(CALLER, "call")
        await page.until(CALLER, asks="message")
        await page.do(CALLER, "message", text="", ended_by="#")
        await page.until(CALLER, state="ended")
        assert page.notes(CALLER, "say") == ["Nothing."]


def wav(seconds: int) -> bytes:
    """A sound file of that length."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(8000)
        writer.writeframes(b"\1\0" * 8000 * seconds)
    return file.getvalue()
