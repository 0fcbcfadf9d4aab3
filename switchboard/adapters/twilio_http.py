"""The HTTP client under twilio's library: knows whether a request may have left, and keeps Retry-After.

The library's own async client ignores its timeout, drops the response's headers and logs numbers (docs/decisions/0002).
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode

import aiohttp
from twilio.http import AsyncHttpClient
from twilio.http.response import Response

from switchboard.errors import NotReached, OutcomeUnknown, Throttled
from switchboard.text import whole_number


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
        """Makes one request. Raises NotReached, OutcomeUnknown or Throttled; the library reads other answers."""
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
                _raise_for(answer.status, answer.headers.get("Retry-After"))
                return Response(answer.status, await answer.text(), answer.headers)
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


def _raise_for(status: int, retry_after: str | None) -> None:
    """Raises the errors that need a header of the response, or no body."""
    seconds = whole_number(retry_after or "")
    if status == 429:
        raise Throttled("Twilio asks for fewer requests", code=20429, status=status, retry_after=seconds)
    if status >= 500:
        raise OutcomeUnknown("Twilio failed", status=status, retry_after=seconds)
