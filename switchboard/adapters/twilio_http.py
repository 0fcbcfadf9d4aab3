"""The HTTP client under twilio's library: knows whether a request may have left, and keeps Retry-After.

The library's own async client ignores its timeout, drops the response's headers and logs numbers (docs/decisions/0002).
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode

import aiohttp
from twilio.http import AsyncHttpClient
from twilio.http.response import Response

from switchboard.errors import NotReached, OutcomeUnknown
from switchboard.text import whole_number
from switchboard.twilio_codes import error_for


class HttpClient(AsyncHttpClient):  # type: ignore[misc]  # twilio has no type information
    """Makes the library's requests, each bounded in time. Arguments are in seconds."""

    def __init__(self, connect_seconds: float, whole_seconds: float) -> None:
        super().__init__(None, is_async=True, timeout=whole_seconds)
        # The library's logger writes request parameters, numbers among them: nothing is logged here.
        self._timeout = aiohttp.ClientTimeout(total=whole_seconds, connect=connect_seconds)
        self._session: aiohttp.ClientSession | None = None

    async def request(
        self,
        method: str,
        url: str,
        params: Mapping[str, object] | None = None,
        data: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109  # the library's signature; ours bounds every request
        allow_redirects: bool = False,
    ) -> Response:
        """Makes one request. Raises a TwilioError for 3xx, 429, 5xx and no answer; the library reads other answers."""
        try:
            async with self._opened().request(
                method,
                url,
                # Pairs, not a string: aiohttp would encode a string again, and no number is found by its plus sign.
                params=parse_qsl(urlencode(params, doseq=True)) if params else None,
                data=urlencode(data, doseq=True) if data else None,
                headers={**(headers or {}), **_authorization(auth)},
                allow_redirects=allow_redirects,
            ) as answer:
                body = await answer.text()
                _raise_for(answer.status, body, answer.headers.get("Retry-After"))
                return Response(answer.status, body, answer.headers)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise NotReached("no connection to Twilio") from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise OutcomeUnknown("the request left, and no answer came") from error

    async def close(self) -> None:
        """Closes the session, if there is one."""
        if self._session is not None:
            await self._session.close()

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=self._timeout)
        return self._session


def _authorization(auth: tuple[str, str] | None) -> dict[str, str]:
    """HTTP basic authentication (RFC 7617)."""
    return {"Authorization": "Basic " + base64.b64encode(":".join(auth).encode()).decode()} if auth else {}


def read_error(body: str) -> tuple[int, str]:
    """Returns code and message of an error's body; 0 and "" for what the body does not have."""
    try:
        error = json.loads(body)
        return whole_number(str(error.get("code"))) or 0, str(error.get("message") or "")
    except (ValueError, AttributeError):
        return 0, ""


def _raise_for(status: int, body: str, retry_after: str | None) -> None:
    """Raises the errors that the library does not raise, or whose Retry-After it drops."""
    if 200 <= status < 300 or (400 <= status < 500 and status != 429):
        return
    seconds = whole_number(retry_after or "")
    code, message = read_error(body)
    raise error_for(status, code, message, None if seconds is None else float(seconds))
