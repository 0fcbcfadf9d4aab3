"""The account at Twilio: its state, its numbers and services, its auth tokens. Each request is bounded in time.

The library's requests block, so they run in a thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import msgspec
from requests.exceptions import RequestException
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from ops.errors import OpsError
from switchboard.urls import is_loopback

SECONDS = 20
MOST_NUMBERS = 1000
T = TypeVar("T")


class TwilioRefusal(OpsError):
    """Twilio answered with an error. `status` is the HTTP status, `code` Twilio's error code, 0 without one."""

    def __init__(self, message: str, status: int, code: int) -> None:
        super().__init__(f"Twilio refused it: {message} (code {code}, status {status})")
        self.status = status
        self.code = code


class AccountState(msgspec.Struct, frozen=True):
    """`status` is active, suspended or closed; `kind` Trial or Full."""

    status: str
    kind: str


class TwilioAccount:
    """One account, authenticated by the first token that Twilio accepts.

    `base_url` is the stand-in's, or "". `region_and_edge` are Twilio's, as `ie1` and `dublin`, "" for its default.
    """

    def __init__(
        self, sid: str, tokens: Sequence[str], *, base_url: str = "", region_and_edge: tuple[str, str] = ("", "")
    ) -> None:
        self.sid = sid
        self._region, self._edge = region_and_edge
        self._tokens = list(tokens)
        self._base_url = base_url
        self._http = TwilioHttpClient(timeout=SECONDS)

    async def state(self) -> AccountState:
        """Returns the account's state."""
        found = await self._request(lambda client: client.api.accounts(self.sid).fetch())
        return AccountState(str(found.status), str(found.type))

    async def accepts(self, token: str) -> bool:
        """Returns whether this is the account's primary or secondary auth token."""
        try:
            await self._request_with(token, lambda client: client.api.accounts(self.sid).fetch())
        except TwilioRefusal as refusal:
            if refusal.status == 401:
                return False
            raise
        return True

    async def number(self, number: str) -> Any:  # noqa: ANN401  # twilio has no type information
        """Returns a number of the account, None when the account does not have it."""
        found = await self._request(lambda client: client.incoming_phone_numbers.list(phone_number=number, limit=20))
        return next((each for each in found if each.phone_number == number), None)

    async def numbers(self) -> list[Any]:
        """Returns all numbers of the account."""
        return await self._request(lambda client: client.incoming_phone_numbers.list(limit=MOST_NUMBERS))

    async def service(self, sid: str) -> Any:  # noqa: ANN401  # twilio has no type information
        """Returns a messaging service, None when the account does not have it."""
        try:
            return await self._request(lambda client: client.messaging.v1.services(sid).fetch())
        except TwilioRefusal as refusal:
            if refusal.status == 404:
                return None
            raise

    async def application(self, sid: str) -> Any:  # noqa: ANN401  # twilio has no type information
        """Returns a TwiML app, None when the account does not have it."""
        try:
            return await self._request(lambda client: client.applications(sid).fetch())
        except TwilioRefusal as refusal:
            if refusal.status == 404:
                return None
            raise

    async def applications(self, name: str) -> list[Any]:
        """Returns the TwiML apps of this name."""
        return await self._request(lambda client: client.applications.list(friendly_name=name, limit=20))

    async def create_application(self, name: str, fields: Mapping[str, object]) -> Any:  # noqa: ANN401  # as above
        """Creates a TwiML app."""
        return await self._request(lambda client: client.applications.create(friendly_name=name, **fields))

    async def call_of_recording(self, sid: str) -> str:
        """Returns the SID of the call that a recording is of. Raises TwilioRefusal."""
        found = await self._request(lambda client: client.recordings(sid).fetch())
        return str(found.call_sid)

    async def update(self, resource: Any, fields: Mapping[str, object]) -> Any:  # noqa: ANN401  # as above
        """Updates fields of a number, service or TwiML app, and returns the updated resource."""

        def update(client: Client) -> Any:  # noqa: ANN401  # as above
            if resource.sid.startswith("MG"):
                return client.messaging.v1.services(resource.sid).update(**fields)
            if resource.sid.startswith("AP"):
                return client.applications(resource.sid).update(**fields)
            return client.incoming_phone_numbers(resource.sid).update(**fields)

        return await self._request(update)

    async def create_secondary(self) -> str:
        """Creates a secondary auth token and returns it."""
        made = await self._request(lambda client: client.accounts.v1.secondary_auth_token().create())
        return str(made.secondary_auth_token)

    async def delete_secondary(self) -> None:
        """Deletes the secondary auth token."""
        await self._request(lambda client: client.accounts.v1.secondary_auth_token().delete())

    async def promote(self) -> None:
        """Makes the secondary auth token the primary one; the old one becomes invalid."""
        await self._request(lambda client: client.accounts.v1.auth_token_promotion().update())

    async def close(self) -> None:
        """Closes the connections."""
        if self._http.session is not None:
            self._http.session.close()

    async def _request(self, request: Callable[[Client], T]) -> T:
        """Makes a request with each token until Twilio accepts one: during a rotation the first may be invalid."""
        refusal: TwilioRefusal | None = None
        for token in self._tokens:
            try:
                return await self._request_with(token, request)
            except TwilioRefusal as error:
                if error.status != 401:
                    raise
                refusal = error
        raise OpsError(f"Twilio accepts none of the auth tokens: {self._how_to_set()}") from refusal

    def _how_to_set(self) -> str:
        if is_loopback(self._base_url):
            return "the stand-in takes TWILIO_AUTH_TOKEN as it was in local.settings.json when it started"
        return "set a valid one, `./sb ops set-secret twilio-auth-token`"

    async def _request_with(self, token: str, request: Callable[[Client], T]) -> T:
        client = Client(self.sid, token, http_client=self._http)
        # The library reads a region from the environment, where it needs an edge too.
        client.region, client.edge = (None, None) if self._base_url else (self._region or None, self._edge or None)
        for domain in (client.api, client.messaging, client.accounts) if self._base_url else ():
            domain.base_url = self._base_url
        try:
            return await asyncio.to_thread(request, client)
        except TwilioRestException as error:
            raise TwilioRefusal(error.msg, error.status, error.code or 0) from None
        except TwilioServiceException as error:
            raise TwilioRefusal(error.detail or error.title, error.status, error.code or 0) from None
        except RequestException as error:
            raise OpsError(f"no connection to Twilio: {type(error).__name__}") from None
        except TwilioException as error:
            raise OpsError(f"Twilio's answer is not readable: {type(error).__name__}") from error
