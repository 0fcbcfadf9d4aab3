"""Twilio's REST API: async, one client a worker, every request bounded in time.

The library's own async client ignores its timeout and drops the response's headers, so this one is ours: it knows
whether a request may have left, and keeps Retry-After.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlencode

import aiohttp
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.http import AsyncHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from switchboard.commands import PlaceCall, SendSms
from switchboard.delivery import Taken
from switchboard.errors import AccountFault, NotReached, OutcomeUnknown, Throttled, error_for
from switchboard.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

CONNECT_SECONDS = 5
WHOLE_SECONDS = 20
CALL_EVENTS = ("initiated", "ringing", "answered", "completed")

Credentials = tuple[str, str]


class Secrets(Protocol):
    """What REST requests are authenticated by."""

    async def auth_tokens(self) -> Sequence[str]:
        """The tokens that may be valid, the primary first."""

    async def refreshed_auth_tokens(self) -> Sequence[str]:
        """The same, read anew unless that was just done."""

    async def api_key_secret(self) -> str:
        """The secret of the API key that the settings name."""


class TwilioApi:
    """Creates Messages and Calls. Bound to the event loop it is first used on; close it there."""

    def __init__(
        self,
        settings: Settings,
        secrets: Secrets,
        *,
        connect_seconds: float = CONNECT_SECONDS,
        whole_seconds: float = WHOLE_SECONDS,
    ) -> None:
        self._settings = settings
        self._secrets = secrets
        self._http = _HttpClient(connect_seconds, whole_seconds)
        self._clients: dict[Credentials, Client] = {}

    async def send_text(self, command: SendSms, status_callback: str) -> Taken:
        """Create a Message. https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource"""
        fields = self._text_fields(command) | {"status_callback": status_callback}
        return await self._create(lambda client: client.messages.create_async(**fields))

    async def place_call(self, command: PlaceCall, status_callback: str) -> Taken:
        """Create a Call. https://www.twilio.com/docs/voice/api/call-resource#create-a-call-resource"""
        fields = self._call_fields(command) | {
            "status_callback": status_callback,
            "status_callback_event": list(CALL_EVENTS),
            "status_callback_method": "POST",
        }
        return await self._create(lambda client: client.calls.create_async(**fields))

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()

    def _text_fields(self, command: SendSms) -> dict[str, object]:
        fields: dict[str, object] = {
            "to": command.to,
            "body": command.body,
            "media_url": list(command.media_urls),
            "content_sid": command.content_sid,
            "content_variables": json.dumps(command.content_variables) if command.content_variables else "",
            "validity_period": command.validity_period,
        }
        if command.send_at is not None:
            fields |= {"send_at": command.send_at, "schedule_type": "fixed"}
        return _present(fields | self._sender(command))

    def _sender(self, command: SendSms) -> dict[str, object]:
        """The command's own sender; else the messaging service of the settings, which chooses among its numbers."""
        if command.sender:
            return {"from_": command.sender}
        service = command.messaging_service_sid or self._settings.messaging_service_sid
        if service:
            return {"messaging_service_sid": service}
        channel = "whatsapp:" if command.to.startswith("whatsapp:") else ""
        return {"from_": channel + self._settings.sender.removeprefix("whatsapp:")}

    def _call_fields(self, command: PlaceCall) -> dict[str, object]:
        return _present(
            {
                "to": command.to,
                "from_": command.sender or self._settings.sender,
                "url": command.url,
                "twiml": command.document(),
                "timeout": command.timeout,
                "record": command.record or None,
                "machine_detection": command.machine_detection,
                "send_digits": command.send_digits,
            }
        )

    async def _create(self, create: Callable[[Client], Awaitable[Any]]) -> Taken:
        """Create with each credential that may be valid: while a token is rotated the first may be dead."""
        tried: list[Credentials] = []
        fault: AccountFault | None = None
        for candidates in (self._credentials, self._refreshed_credentials):
            for credentials in await candidates():
                if credentials in tried:
                    continue
                tried.append(credentials)
                try:
                    return await _answer_of(create(self._client(credentials)))
                except AccountFault as refused:
                    if refused.status != 401:
                        raise
                    fault = refused
        raise fault or AccountFault("there is no auth token to authenticate with")

    async def _credentials(self) -> list[Credentials]:
        if self._settings.api_key_sid:
            return [(self._settings.api_key_sid, await self._secrets.api_key_secret())]
        return [(self._settings.account_sid, token) for token in await self._secrets.auth_tokens()]

    async def _refreshed_credentials(self) -> list[Credentials]:
        if self._settings.api_key_sid:
            return []
        return [(self._settings.account_sid, token) for token in await self._secrets.refreshed_auth_tokens()]

    def _client(self, credentials: Credentials) -> Client:
        if credentials not in self._clients:
            client = Client(*credentials, self._settings.account_sid, http_client=self._http)
            if self._settings.api_base_url:
                client.api.base_url = self._settings.api_base_url
            self._clients[credentials] = client
        return self._clients[credentials]


async def _answer_of(request: Awaitable[Any]) -> Taken:
    """The resource's SID and status, or what Twilio's error means."""
    try:
        resource = await request
    except TwilioRestException as error:
        raise error_for(error.status, _code_of(error), error.msg) from None
    except TwilioServiceException as error:
        raise error_for(error.status, _code_of(error), error.detail or error.title) from None
    except (TwilioException, ValueError, KeyError) as error:
        raise OutcomeUnknown("Twilio's answer could not be read") from error
    return Taken(resource.sid, str(resource.status))


def _code_of(error: TwilioRestException | TwilioServiceException) -> int:
    """Twilio's code. The library puts the HTTP status in its place when the answer had none."""
    return 0 if error.code in (None, error.status) else int(error.code)


def _present(fields: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in fields.items() if value not in (None, "", [])}


class _HttpClient(AsyncHttpClient):  # type: ignore[misc]  # twilio has no type information
    """What the library makes its requests by."""

    def __init__(self, connect_seconds: float, whole_seconds: float) -> None:
        super().__init__(None, is_async=True, timeout=whole_seconds)
        # The library's logger tells request parameters, numbers among them: nothing is logged here.
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
        """One request. Raises NotReached, OutcomeUnknown or Throttled; other answers are the library's to read."""
        try:
            async with self._opened().request(
                method,
                url,
                params=urlencode(params, doseq=True) if params else None,
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
        """Close the session, if there is one."""
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
    """Raise what needs the response's headers, or no body, to be told."""
    seconds = float(retry_after) if retry_after and retry_after.isascii() and retry_after.isdigit() else None
    if status == 429:
        raise Throttled("Twilio asks for fewer requests", code=20429, status=status, retry_after=seconds)
    if status >= 500:
        raise OutcomeUnknown("Twilio failed", status=status, retry_after=seconds)
