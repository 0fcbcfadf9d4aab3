"""The account at Twilio: its state, its numbers and services, its auth tokens. Each request is bounded in time.

The library's own requests block, so they run in a thread.
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

SECONDS = 20
T = TypeVar("T")


class Refused(OpsError):
    """Twilio said no. `status` is the HTTP status, `code` Twilio's."""

    def __init__(self, said: str, status: int, code: int) -> None:
        super().__init__(f"Twilio refused it: {said} (code {code}, status {status})")
        self.status = status
        self.code = code


class Account(msgspec.Struct, frozen=True):
    """`status` is active, suspended or closed; `kind` Trial or Full."""

    status: str
    kind: str


class TwilioAccount:
    """One account, by whichever of the tokens it takes. `base_url` is the stand-in's, "" for Twilio itself."""

    def __init__(self, sid: str, tokens: Sequence[str], *, base_url: str = "") -> None:
        self.sid = sid
        self._tokens = list(tokens)
        self._base_url = base_url
        self._http = TwilioHttpClient(timeout=SECONDS)

    async def account(self) -> Account:
        """The account's own state."""
        found = await self._ask(lambda client: client.api.accounts(self.sid).fetch())
        return Account(str(found.status), str(found.type))

    async def takes(self, token: str) -> bool:
        """Whether this token is the account's, primary or secondary."""
        try:
            await self._once(token, lambda client: client.api.accounts(self.sid).fetch())
        except Refused as refused:
            if refused.status == 401:
                return False
            raise
        return True

    async def number(self, number: str) -> Any:  # noqa: ANN401  # twilio has no type information
        """A number of the account's own, None when it is none."""
        found = await self._ask(lambda client: client.incoming_phone_numbers.list(phone_number=number, limit=20))
        return next((each for each in found if each.phone_number == number), None)

    async def service(self, sid: str) -> Any:  # noqa: ANN401  # twilio has no type information
        """A messaging service, None when the account has none by this SID."""
        try:
            return await self._ask(lambda client: client.messaging.v1.services(sid).fetch())
        except Refused as refused:
            if refused.status == 404:
                return None
            raise

    async def update(self, resource: Any, fields: Mapping[str, object]) -> Any:  # noqa: ANN401  # as above
        """Change these fields of a number or service: the resource as it is then."""

        def change(client: Client) -> Any:  # noqa: ANN401  # as above
            if resource.sid.startswith("MG"):
                return client.messaging.v1.services(resource.sid).update(**fields)
            return client.incoming_phone_numbers(resource.sid).update(**fields)

        return await self._ask(change)

    async def create_secondary(self) -> str:
        """A new secondary auth token."""
        made = await self._ask(lambda client: client.accounts.v1.secondary_auth_token().create())
        return str(made.secondary_auth_token)

    async def delete_secondary(self) -> None:
        """Take the secondary auth token away."""
        await self._ask(lambda client: client.accounts.v1.secondary_auth_token().delete())

    async def promote(self) -> None:
        """Make the secondary auth token the primary; the old one is dead from then on."""
        await self._ask(lambda client: client.accounts.v1.auth_token_promotion().update())

    async def close(self) -> None:
        """Closes the connections."""
        if self._http.session is not None:
            self._http.session.close()

    async def _ask(self, ask: Callable[[Client], T]) -> T:
        """Ask by each token until one is taken: while a token is rotated the first may be dead."""
        refused: Refused | None = None
        for token in self._tokens:
            try:
                return await self._once(token, ask)
            except Refused as error:
                if error.status != 401:
                    raise
                refused = error
        raise OpsError(
            "Twilio takes none of the auth tokens: `python -m ops set-secret twilio-auth-token`"
        ) from refused

    async def _once(self, token: str, ask: Callable[[Client], T]) -> T:
        client = Client(self.sid, token, http_client=self._http)
        for domain in (client.api, client.messaging, client.accounts) if self._base_url else ():
            domain.base_url = self._base_url
        try:
            return await asyncio.to_thread(ask, client)
        except TwilioRestException as error:
            raise Refused(error.msg, error.status, error.code or 0) from None
        except TwilioServiceException as error:
            raise Refused(error.detail or error.title, error.status, error.code or 0) from None
        except RequestException as error:
            raise OpsError(f"Twilio was not reached: {type(error).__name__}") from None
        except TwilioException as error:
            raise OpsError(f"Twilio's answer could not be read: {type(error).__name__}") from error
