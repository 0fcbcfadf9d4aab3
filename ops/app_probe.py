"""Sends the app the requests that Twilio and monitors send: a webhook that changes nothing, and the health page."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType

import aiohttp
from twilio.request_validator import RequestValidator

from ops.errors import OpsError

# The webhook of a caller who waits in a queue, and not for the first time: it publishes no event and rings nobody.
TARGET = "/api/voice/hold?again=1"
FORM = {"CallSid": "CA" + "0" * 32, "QueuePosition": "1", "QueueTime": "0"}
CONNECT_SECONDS = 5
# Twilio's own limit for a webhook.
WHOLE_SECONDS = 15


class AppProbe:
    """Requests to the app at its public origin: `async with AppProbe(origin) as app`."""

    def __init__(self, origin: str) -> None:
        self.origin = origin

    async def __aenter__(self) -> AppProbe:
        limits = aiohttp.ClientTimeout(total=WHOLE_SECONDS, sock_connect=CONNECT_SECONDS)
        self._session = aiohttp.ClientSession(timeout=limits)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def webhook_status(self, token: str) -> int:
        """Returns the status of the answer to a webhook signed with this token, "" for none. Raises OpsError."""
        signature = RequestValidator(token).compute_signature(self.origin + TARGET, FORM) if token else ""
        headers = {"X-Twilio-Signature": signature} if signature else {}
        status, _, _ = await self._request("POST", TARGET, FORM, headers)
        return status

    async def health(self) -> tuple[int, str]:
        """Returns status and body of the health page. Raises OpsError."""
        status, body, _ = await self.get("/api/health")
        return status, body

    async def get(self, target: str) -> tuple[int, str, Mapping[str, str]]:
        """Returns status, body and headers of a page. Raises OpsError."""
        return await self._request("GET", target, None, {})

    async def _request(
        self, method: str, target: str, form: dict[str, str] | None, headers: dict[str, str]
    ) -> tuple[int, str, Mapping[str, str]]:
        try:
            async with self._session.request(
                method, self.origin + target, data=form, headers=headers, allow_redirects=False
            ) as answer:
                return answer.status, await answer.text(), answer.headers
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise OpsError(f"the app does not answer at {self.origin}: {type(error).__name__}") from error
