"""Reads a message that the page uploads for <Record>: a sentence, or the microphone's sound."""

from __future__ import annotations

import io
import wave

from aiohttp import web

from local.twilio.json_requests import bad_request, read_json, string
from local.twilio.twiml.timing import SECONDS_A_WORD
from local.twilio.users.handset_user import SpokenMessage

WAV = "audio/wav"
# An hour, which is <Record>'s longest.
LARGEST_SOUND = 64 * 1024 * 1024
ENDINGS = frozenset("0123456789*#") | {"hangup"}


async def read(request: web.Request) -> SpokenMessage:
    """Read `{"text", "ended_by"?}`, or a WAV file with `ended_by` in the query. Raises 400."""
    if request.content_type == WAV:
        sound = await request.read()
        ended_by = _ending(request.query.get("ended_by", ""))
        return SpokenMessage(seconds=_seconds(sound), wav=sound, ended_by=ended_by)
    body = await read_json(request)
    text = " ".join(string(body, "text").split())
    seconds = max(1, round(len(text.split()) * SECONDS_A_WORD)) if text else 0
    return SpokenMessage(seconds=seconds, text=text, ended_by=_ending(string(body, "ended_by")))


def _ending(text: str) -> str:
    if text and text not in ENDINGS:
        raise bad_request(f"ended_by: a key or hangup is wanted, not {text!r}")
    return text


def _seconds(sound: bytes) -> int:
    """Return the length of a WAV file in whole seconds, rounded up. Raises 400."""
    try:
        with wave.open(io.BytesIO(sound)) as reader:
            seconds: int = -(-reader.getnframes() // reader.getframerate())
            return seconds
    except (wave.Error, EOFError) as error:
        raise bad_request(f"the sound is no WAV file: {error}") from error
