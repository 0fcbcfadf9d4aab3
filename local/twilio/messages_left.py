"""The message that somebody leaves at a handset of the page: a sentence, or what the microphone heard."""

from __future__ import annotations

import io
import wave

from aiohttp import web

from local.twilio.people import Spoken
from local.twilio.requests import body_of, string, wrong
from local.twilio.timing import SECONDS_A_WORD

WAV = "audio/wav"
# An hour, which is the longest that <Record> has.
LARGEST_SOUND = 64 * 1024 * 1024
ENDINGS = frozenset("0123456789*#") | {"hangup"}


async def read(request: web.Request) -> Spoken:
    """Read `{"text", "ended_by"?}`, or a WAV file with `ended_by` in the query. Raises 400."""
    if request.content_type == WAV:
        sound = await request.read()
        ended_by = _ending(request.query.get("ended_by", ""))
        return Spoken(seconds=_seconds(sound), wav=sound, ended_by=ended_by)
    body = await body_of(request)
    text = " ".join(string(body, "text").split())
    seconds = max(1, round(len(text.split()) * SECONDS_A_WORD)) if text else 0
    return Spoken(seconds=seconds, text=text, ended_by=_ending(string(body, "ended_by")))


def _ending(text: str) -> str:
    if text and text not in ENDINGS:
        raise wrong(f"ended_by: a key or hangup is wanted, not {text!r}")
    return text


def _seconds(sound: bytes) -> int:
    """Whole seconds of a WAV file, at least one where there is any sound."""
    try:
        with wave.open(io.BytesIO(sound)) as reader:
            seconds: int = -(-reader.getnframes() // reader.getframerate())
            return seconds
    except (wave.Error, EOFError) as error:
        raise wrong(f"the sound is no WAV file: {error}") from error
