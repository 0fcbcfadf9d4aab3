"""Recordings/{sid}: as JSON, and as sound. https://www.twilio.com/docs/voice/api/recording"""

from __future__ import annotations

import io
import wave

from aiohttp import web

from local.twilio import resources
from local.twilio.exchange import Exchange
from local.twilio.records import Recording
from local.twilio.rest.errors import not_found
from local.twilio.rest.requests import ACCOUNT, sid_of

SAMPLES_A_SECOND = 8000


class RecordingsApi:
    """The routes of recordings. Each raises RestError, which the REST middleware answers."""

    def __init__(self, exchange: Exchange) -> None:
        self._account = exchange.account

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            web.get(f"{ACCOUNT}/Recordings/{{sid}}.json", self._fetch),
            web.get(f"{ACCOUNT}/Recordings/{{sid}}", self._download),
        ]

    async def _fetch(self, request: web.Request) -> web.Response:
        recording = self._find(sid_of(request), request.path)
        return web.json_response(resources.recording_json(recording, self._account.sid))

    async def _download(self, request: web.Request) -> web.Response:
        recording = self._find(sid_of(request).removesuffix(".wav"), request.path)
        return web.Response(body=to_wav(recording), content_type="audio/x-wav")

    def _find(self, sid: str, path: str) -> Recording:
        if sid not in self._account.recordings:
            raise not_found(path)
        return self._account.recordings[sid]


def to_wav(recording: Recording) -> bytes:
    """Return the recording as a WAV file: the microphone's sound, else silence of the same length."""
    if recording.wav:
        return recording.wav
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(SAMPLES_A_SECOND)
        writer.writeframes(b"\0\0" * SAMPLES_A_SECOND * recording.seconds)
    return file.getvalue()
