"""Recordings, and Recordings/{sid}: as JSON, and as sound. https://www.twilio.com/docs/voice/api/recording"""

from __future__ import annotations

import io
import wave

from aiohttp import web

from local.twilio import resources
from local.twilio.exchange import Exchange
from local.twilio.records import Recording
from local.twilio.rest import lists
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
            web.get(f"{ACCOUNT}/Recordings.json", self._list),
            web.get(f"{ACCOUNT}/Recordings/{{sid}}.json", self._fetch),
            web.delete(f"{ACCOUNT}/Recordings/{{sid}}.json", self._delete),
            web.get(f"{ACCOUNT}/Recordings/{{sid}}", self._download),
        ]

    async def _list(self, request: web.Request) -> web.Response:
        """List recordings, newest first. Filter: CallSid."""
        call_sid = request.query.get("CallSid", "")
        found = [each for each in reversed(self._account.recordings.values()) if call_sid in ("", each.call_sid)]
        return web.json_response(lists.page(found, request.query, request.path, "recordings", self._to_json))

    async def _fetch(self, request: web.Request) -> web.Response:
        return web.json_response(self._to_json(self._find(sid_of(request), request.path)))

    async def _delete(self, request: web.Request) -> web.Response:
        del self._account.recordings[self._find(sid_of(request), request.path).sid]
        return web.Response(status=204)

    async def _download(self, request: web.Request) -> web.Response:
        recording = self._find(sid_of(request).removesuffix(".wav"), request.path)
        return web.Response(body=to_wav(recording), content_type="audio/x-wav")

    def _to_json(self, recording: Recording) -> dict[str, object]:
        return resources.recording_json(recording, self._account.sid)

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
