"""One run of the checklist: its ids, its connections, and what a row leaves for later rows."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from types import TracebackType
from typing import Literal, TypeVar

import aiohttp
from twilio.request_validator import RequestValidator

from ops.deployment import ACCOUNT_SID
from ops.operator_services import OperatorServices
from switchboard.delivery.record import DeliveryRecord
from switchboard.delivery.states import Kind
from verify.results import RowFailed
from verify.routes import Webhook
from verify.target import Target

# Twilio's own limit for a webhook.
ANSWER_SECONDS = 15
CONNECT_SECONDS = 5
LOOK_AGAIN_SECONDS = 0.25
SLOWER_AFTER_SECONDS = 10
SLOW_LOOK_SECONDS = 5

Signed = Literal["rightly", "not at all", "by another token", "over another form"]
T = TypeVar("T")


@dataclass(frozen=True)
class Answer:
    """The app's answer: status, body and content type, and how long it took."""

    status: int
    body: str
    content_type: str
    seconds: float


@dataclass
class Run:
    """`async with Run(target) as run`.

    `sent` has the delivery records of the text and the call, `failed` the names of rows that failed or were not run.
    """

    target: Target
    id: str = field(default_factory=lambda: secrets.token_hex(16))
    sent: dict[Kind, DeliveryRecord] = field(default_factory=dict)
    failed: set[str] = field(default_factory=set)
    # Words that the log must contain, each with what wrote them.
    logged: dict[str, str] = field(default_factory=dict)

    async def __aenter__(self) -> Run:
        """Opens the connections; each is made at its first use."""
        self._closing = AsyncExitStack()
        self.services = OperatorServices(self.target.deployment)
        self._closing.push_async_callback(self.services.close)
        limits = aiohttp.ClientTimeout(total=ANSWER_SECONDS, sock_connect=CONNECT_SECONDS)
        self._web = await self._closing.enter_async_context(aiohttp.ClientSession(timeout=limits))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._closing.aclose()

    @property
    def names(self) -> dict[str, str]:
        """What webhooks of this run are filled in with."""
        return {"sid": self.id, "account": self.target.deployment.environ.get(ACCOUNT_SID, "")}

    async def send(self, webhook: Webhook, signed: Signed = "rightly") -> Answer:
        """Sends a webhook as Twilio does. Raises RowFailed without an answer."""
        signature = self._signature(webhook, signed)
        headers = {"X-Twilio-Signature": signature} if signature else {}
        return await self.request(webhook.method, webhook.path, webhook.form, headers)

    async def request(
        self, method: str, path: str, form: object = None, headers: dict[str, str] | None = None
    ) -> Answer:
        """Sends a request, and follows no redirect. Raises RowFailed without an answer."""
        begun = time.monotonic()
        try:
            async with self._web.request(
                method,
                (self.target.address or self.target.origin) + path,
                data=form or None,
                headers=headers,
                allow_redirects=False,
            ) as answer:
                body = await answer.text()
                return Answer(answer.status, body, answer.content_type, time.monotonic() - begun)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise RowFailed(f"the app does not answer {method} {path}: {type(error).__name__}") from error

    async def until(self, look: Callable[[], Awaitable[T]], seconds: float) -> T:
        """Looks again and again until the result is true; returns the last one after `seconds`."""
        begun = time.monotonic()
        while not (found := await look()):
            waited = time.monotonic() - begun
            if waited >= seconds:
                break
            await asyncio.sleep(LOOK_AGAIN_SECONDS if waited < SLOWER_AFTER_SECONDS else SLOW_LOOK_SECONDS)
        return found

    def _signature(self, webhook: Webhook, signed: Signed) -> str:
        """Returns the signature, "" for none. https://www.twilio.com/docs/usage/security"""
        if signed == "not at all":
            return ""
        token = self.target.auth_token if signed != "by another token" else secrets.token_hex(16)
        form = webhook.form if signed != "over another form" else {**webhook.form, "Extra": "1"}
        return str(RequestValidator(token).compute_signature(self.target.origin + webhook.path, form))
