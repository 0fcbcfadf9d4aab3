"""Twilio's REST API: async, one client a worker, every request bounded in time."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.http.response import Response
from twilio.rest import Client

from switchboard.adapters.twilio_http import HttpClient
from switchboard.commands import PlaceCall, SendSms, is_service
from switchboard.errors import AccountFault, OutcomeUnknown, TwilioError, error_for
from switchboard.rest import Listed, Taken
from switchboard.settings import Settings
from switchboard.status import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

CONNECT_SECONDS = 5
WHOLE_SECONDS = 20
# A number's texts since an attempt a while ago are few; more pages than these are not read through.
LIST_SECONDS = 60
MOST_LISTED = 5000
LISTED_PAGE = 200
# A webhook waits for it: Twilio gives us 15 s.
CANCEL_SECONDS = 8
CALL_EVENTS = ("initiated", "ringing", "answered", "completed")

Credentials = tuple[str, str]
T = TypeVar("T")


class Secrets(Protocol):
    """What REST requests are authenticated by."""

    async def auth_tokens(self) -> Sequence[str]:
        """The tokens that may be valid, the primary first."""

    async def refreshed_auth_tokens(self) -> Sequence[str]:
        """The same, read anew unless that was just done."""

    async def api_key_secret(self) -> str:
        """The secret of the API key that the settings name."""


class TwilioApi:
    """Messages and Calls. Bound to the event loop it is first used on; close it there."""

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
        self._whole_seconds = whole_seconds
        self._http = HttpClient(connect_seconds, whole_seconds)
        self._clients: dict[Credentials, Client] = {}

    async def send_text(self, command: SendSms, sender: str, status_callback: str, seconds: float) -> Taken:
        """Create a Message. https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource"""
        fields = _text_fields(command) | _sender_fields(sender) | {"status_callback": status_callback}
        return _taken(await self._ask(lambda client: client.messages.create_async(**fields), seconds))

    async def place_call(self, command: PlaceCall, sender: str, status_callback: str, seconds: float) -> Taken:
        """Create a Call. https://www.twilio.com/docs/voice/api/call-resource#create-a-call-resource"""
        fields = _call_fields(command) | {
            "from_": sender,
            "status_callback": status_callback,
            "status_callback_event": list(CALL_EVENTS),
            "status_callback_method": "POST",
        }
        return _taken(await self._ask(lambda client: client.calls.create_async(**fields), seconds))

    async def listed(self, kind: Kind, to: str, since: datetime) -> list[Listed]:
        """Messages or Calls to a number, newest first, back to `since`.

        Without a filter by date, because a text that was not sent yet has no DateSent; and since the order is by
        DateSent too, a whole page of older ones is read before it is taken for the end.
        """

        async def through(client: Client) -> list[Listed]:
            resources = client.messages if kind == "sms" else client.calls
            found: list[Listed] = []
            read = older = 0
            async for resource in await resources.stream_async(to=to, limit=MOST_LISTED, page_size=LISTED_PAGE):
                each = _listed(kind, resource)
                read += 1
                is_older = each.created is not None and each.created < since
                older = older + 1 if is_older else 0
                if older == LISTED_PAGE:
                    return found
                if not is_older:
                    found.append(each)
            if read == MOST_LISTED:
                raise OutcomeUnknown(f"there are more than {MOST_LISTED} since then: too many to look through")
            return found

        return await self._ask(through, LIST_SECONDS)

    async def fetch(self, kind: Kind, sid: str) -> Listed:
        """A Message or Call by its SID."""
        return _listed(
            kind,
            await self._ask(
                lambda client: (client.messages(sid) if kind == "sms" else client.calls(sid)).fetch_async(),
                self._whole_seconds,
            ),
        )

    async def cancel_text(self, sid: str) -> Listed:
        """Cancel a scheduled Message."""
        resource = await self._ask(lambda client: client.messages(sid).update_async(status="canceled"), CANCEL_SECONDS)
        return _listed("sms", resource)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()

    async def _ask(self, ask: Callable[[Client], Awaitable[T]], seconds: float) -> T:
        """Ask within so many seconds, as a whole. What is cut off may have been taken."""
        try:
            async with asyncio.timeout(seconds):
                return await self._with_credentials(ask)
        except TimeoutError as error:
            raise OutcomeUnknown(f"no answer within {seconds:.0f} s") from error

    async def _with_credentials(self, ask: Callable[[Client], Awaitable[T]]) -> T:
        """Ask with each credential that may be valid: while a token is rotated the first may be dead."""
        tried: list[Credentials] = []
        fault: AccountFault | None = None
        for candidates in (self._credentials, self._refreshed_credentials):
            for credentials in await candidates():
                if credentials in tried:
                    continue
                tried.append(credentials)
                try:
                    return await _answer_of(ask(self._client(credentials)))
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


async def _answer_of(request: Awaitable[T]) -> T:
    """What Twilio answers, or what its error means."""
    try:
        return await request
    except TwilioRestException as error:
        raise error_for(error.status, _code_of(error), error.msg) from None
    except TwilioServiceException as error:
        raise error_for(error.status, _code_of(error), error.detail or error.title) from None
    except TwilioException as error:
        raise _page_error(error) from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise OutcomeUnknown("Twilio's answer could not be read") from error


def _page_error(error: TwilioException) -> TwilioError:
    """What the library says of a list's page it could not fetch: not the error's parts, but the response beside it."""
    response = error.args[1] if len(error.args) > 1 else None
    if not isinstance(response, Response) or response.status_code < 400:
        return OutcomeUnknown("Twilio's answer could not be read")
    try:
        told = json.loads(response.text)
        code, said = int(told.get("code") or 0), str(told.get("message", ""))
    except (ValueError, TypeError, AttributeError):
        code, said = 0, ""
    return error_for(response.status_code, code, said)


def _text_fields(command: SendSms) -> dict[str, object]:
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
    return _present(fields)


def _sender_fields(sender: str) -> dict[str, object]:
    return {"messaging_service_sid" if is_service(sender) else "from_": sender}


def _call_fields(command: PlaceCall) -> dict[str, object]:
    return _present(
        {
            "to": command.to,
            "url": command.url,
            "twiml": command.document(),
            "timeout": command.timeout,
            "record": command.record or None,
            "machine_detection": command.machine_detection,
            "send_digits": command.send_digits,
        }
    )


def _taken(resource: Any) -> Taken:  # noqa: ANN401  # twilio has no type information
    return Taken(resource.sid, str(resource.status))


def _listed(kind: Kind, resource: Any) -> Listed:  # noqa: ANN401  # twilio has no type information
    duration = getattr(resource, "duration", None)
    return Listed(
        sid=resource.sid,
        word=str(resource.status),
        direction=str(resource.direction),
        created=resource.date_created,
        body=resource.body or "" if kind == "sms" else "",
        sender=(resource.from_ if kind == "sms" else resource._from) or "",
        code=int(getattr(resource, "error_code", None) or 0),
        duration=int(duration) if duration else None,
    )


def _code_of(error: TwilioRestException | TwilioServiceException) -> int:
    """Twilio's code. The library puts the HTTP status in its place when the answer had none."""
    return 0 if error.code in (None, error.status) else int(error.code)


def _present(fields: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in fields.items() if value not in (None, "", [])}
