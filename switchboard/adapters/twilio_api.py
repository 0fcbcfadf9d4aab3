"""Twilio's REST API: async, one HTTP session per worker, every request bounded in time."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, TypeVar

from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.http.response import Response
from twilio.rest import Client

from switchboard.adapters.twilio_http import HttpClient, read_error
from switchboard.addresses import is_service
from switchboard.commands import PlaceCall, SendSms
from switchboard.delivery.states import Kind
from switchboard.delivery.twilio_client import CreatedResource, TwilioResource
from switchboard.errors import AccountFault, OutcomeUnknown, TwilioError
from switchboard.secrets import Secrets
from switchboard.settings import Settings
from switchboard.text import whole_number
from switchboard.twilio_codes import error_for
from switchboard.urls import status_url

CONNECT_SECONDS = 5
WHOLE_SECONDS = 20
# A recipient gets few texts in the time that is listed; more than this are not read.
LIST_SECONDS = 60
MOST_LISTED = 5000
LISTED_PAGE = 200
# A webhook waits for it, and Twilio waits 15 s for the webhook.
CANCEL_SECONDS = 8
CALL_EVENTS = ("initiated", "ringing", "answered", "completed")
RECORDING_EVENTS = ("completed", "absent")

Credentials = tuple[str, str]
T = TypeVar("T")


class TwilioApi:
    """Messages and Calls. Bound to the event loop that it is first used on; close it there."""

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

    async def send_text(self, command: SendSms, sender: str, status_callback: str, seconds: float) -> CreatedResource:
        """Creates a Message. https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource"""
        fields = _text_fields(command) | _sender_fields(sender) | {"status_callback": status_callback}
        return _created(await self._request(lambda client: client.messages.create_async(**fields), seconds))

    async def place_call(
        self, command: PlaceCall, sender: str, status_callback: str, seconds: float
    ) -> CreatedResource:
        """Creates a Call. https://www.twilio.com/docs/voice/api/call-resource#create-a-call-resource"""
        fields = (
            _call_fields(command)
            | self._recording_fields(command)
            | {
                "from_": sender,
                "status_callback": status_callback,
                "status_callback_event": list(CALL_EVENTS),
                "status_callback_method": "POST",
            }
        )
        return _created(await self._request(lambda client: client.calls.create_async(**fields), seconds))

    async def list_sent(self, kind: Kind, to: str, since: datetime) -> list[TwilioResource]:
        """Returns Messages or Calls to a number, newest first, back to `since`.

        Not filtered by date, because a text that is not sent yet has no DateSent. The order is by DateSent too, so the
        list ends after a whole page of older resources, not at the first one.
        """

        async def read_pages(client: Client) -> list[TwilioResource]:
            resources = client.messages if kind == "sms" else client.calls
            found: list[TwilioResource] = []
            read = older = 0
            async for resource in await resources.stream_async(to=to, limit=MOST_LISTED, page_size=LISTED_PAGE):
                each = _resource(kind, resource)
                read += 1
                is_older = each.created is not None and each.created < since
                older = older + 1 if is_older else 0
                if older == LISTED_PAGE:
                    return found
                if not is_older:
                    found.append(each)
            if read == MOST_LISTED:
                raise OutcomeUnknown(f"the list has more than {MOST_LISTED} resources since then, too many to read")
            return found

        return await self._request(read_pages, LIST_SECONDS)

    async def fetch(self, kind: Kind, sid: str) -> TwilioResource:
        """Returns a Message or Call by its SID."""

        async def fetch(client: Client) -> TwilioResource:
            resources = client.messages if kind == "sms" else client.calls
            return _resource(kind, await resources(sid).fetch_async())

        return await self._request(fetch, self._whole_seconds)

    async def cancel_text(self, sid: str) -> TwilioResource:
        """Cancels a scheduled Message."""

        async def cancel(client: Client) -> TwilioResource:
            return _resource("sms", await client.messages(sid).update_async(status="canceled"))

        return await self._request(cancel, CANCEL_SECONDS)

    async def close(self) -> None:
        """Closes the connections."""
        await self._http.close()

    async def _request(self, request: Callable[[Client], Awaitable[T]], seconds: float) -> T:
        """Makes a request within `seconds`, as a whole. Twilio may have processed a request that is cut off."""
        try:
            async with asyncio.timeout(seconds):
                return await self._with_credentials(request)
        except TimeoutError as error:
            raise OutcomeUnknown(f"no answer within {seconds:.0f} s") from error

    async def _with_credentials(self, request: Callable[[Client], Awaitable[T]]) -> T:
        """Makes the request with each credential that may be valid: during a rotation the first may be revoked."""
        tried: list[Credentials] = []
        fault: AccountFault | None = None
        for candidates in (self._credentials, self._refreshed_credentials):
            for credentials in await candidates():
                if credentials in tried:
                    continue
                tried.append(credentials)
                try:
                    return await _answer_of(request(self._client(credentials)))
                except AccountFault as refused:
                    if refused.status != 401:
                        raise
                    fault = refused
        raise fault or AccountFault("there is no auth token to authenticate with")

    def _recording_fields(self, command: PlaceCall) -> dict[str, object]:
        """Returns what makes Twilio report the recording, which is ready only some time after the call."""
        if not command.record:
            return {}
        return {
            "record": True,
            "recording_status_callback": status_url(self._settings.public_origin, "recording"),
            "recording_status_callback_event": list(RECORDING_EVENTS),
            "recording_status_callback_method": "POST",
        }

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
            # The library reads a region from the environment, where it needs an edge too.
            client.region, client.edge = self._settings.region or None, self._settings.edge or None
            if self._settings.api_base_url:
                client.region = client.edge = None
                client.api.base_url = self._settings.api_base_url
            self._clients[credentials] = client
        return self._clients[credentials]


async def _answer_of(request: Awaitable[T]) -> T:
    """Returns Twilio's answer. Raises the TwilioError that its error maps to."""
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
    """Returns the error of a list's page: the library passes the response along, not the parts of its error."""
    response = error.args[1] if len(error.args) > 1 else None
    if not isinstance(response, Response) or response.status_code < 400:
        return OutcomeUnknown("Twilio's answer could not be read")
    code, text = read_error(response.text)
    return error_for(response.status_code, code, text)


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
            "machine_detection": command.machine_detection,
            "send_digits": command.send_digits,
        }
    )


def _created(resource: Any) -> CreatedResource:  # noqa: ANN401  # twilio has no type information
    if not resource.sid:
        raise OutcomeUnknown("Twilio accepted a request without naming what it created")
    return CreatedResource(str(resource.sid), str(resource.status))


def _resource(kind: Kind, resource: Any) -> TwilioResource:  # noqa: ANN401  # twilio has no type information
    duration = getattr(resource, "duration", None)
    return TwilioResource(
        sid=resource.sid,
        status=str(resource.status),
        direction=str(resource.direction),
        created=resource.date_created,
        body=resource.body or "" if kind == "sms" else "",
        sender=(resource.from_ if kind == "sms" else resource._from) or "",
        recipient=resource.to or "",
        error_code=int(getattr(resource, "error_code", None) or 0),
        duration=int(duration) if duration else None,
        updated=resource.date_updated,
    )


def _code_of(error: TwilioRestException | TwilioServiceException) -> int:
    """Returns Twilio's error code, 0 without one: the library then repeats the HTTP status."""
    return 0 if error.code in (None, error.status) else whole_number(str(error.code)) or 0


def _present(fields: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in fields.items() if value not in (None, "", [])}
