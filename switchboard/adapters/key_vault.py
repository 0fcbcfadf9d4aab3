"""Key Vault: Twilio's secrets, cached for ten minutes, and the agents' keys, for one; used on while the vault is down.

Azure's packages are imported when a secret is first read, which keeps them out of a cold start that needs none.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from switchboard.adapters.key_vault_refusals import FOR_THE_APP, NO_VAULT, Advice, refusal, status_of
from switchboard.adapters.watched_credential import WatchedCredential
from switchboard.cached import CachedSecret
from switchboard.errors import SecretsUnavailable
from switchboard.text import whole_number

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential
    from azure.core.exceptions import AzureError
    from azure.keyvault.secrets.aio import SecretClient

AUTH_TOKEN = "twilio-auth-token"  # noqa: S105  # a secret's name
NEXT_AUTH_TOKEN = "twilio-auth-token-next"  # noqa: S105  # a secret's name
SHARED_KEY = "twilio-webhooks-shared-key"
API_KEY_SECRET = "twilio-api-key-secret"  # noqa: S105  # a secret's name
AGENT_KEYS = "agent-keys"
# A revoked key must not be valid for long.
AGENT_KEYS_SECONDS = 60

# Twilio waits 15 s for a webhook, which may need a read and a refresh; the health page waits 5 s for its check.
WHOLE_SECONDS = 4.5
CONNECT_SECONDS = 2
READ_SECONDS = 3
PAUSE_SECONDS = 0.2

logger = logging.getLogger(__name__)


class KeyVaultSecrets:
    """Twilio's secrets in one vault. Bound to the event loop that it is first used on; close it there.

    `vault_url` is `https://<vault>.vault.azure.net`. `clock` returns seconds, `whole_seconds` bounds one look-up with
    all its retries, and `client_options` go to azure-keyvault-secrets' SecretClient. `advice` is the remedy for errors
    of the caller's own identity. `with_api_key` makes `check` read the API key's secret too. The constructor makes no
    request and imports nothing. The caller closes the credential.
    """

    def __init__(
        self,
        vault_url: str,
        credential: AsyncTokenCredential,
        clock: Callable[[], float] = time.monotonic,
        *,
        whole_seconds: float = WHOLE_SECONDS,
        advice: Advice = FOR_THE_APP,
        with_api_key: bool = False,
        client_options: Mapping[str, Any] | None = None,
    ) -> None:
        self._vault = _Vault(vault_url, WatchedCredential(credential), whole_seconds, advice, client_options or {})
        self._with_api_key = with_api_key
        self._auth_tokens = CachedSecret(self._read_auth_tokens, clock)
        self._shared_keys = CachedSecret(self._read_shared_keys, clock)
        self._api_key_secret = CachedSecret(self._read_api_key_secret, clock)
        self._agent_keys = CachedSecret(self._read_agent_keys, clock, AGENT_KEYS_SECONDS)

    async def auth_tokens(self) -> tuple[str, ...]:
        """Returns `twilio-auth-token`, then `twilio-auth-token-next` if there is one; at most ten minutes old.

        While the vault is down, the last known ones. Raises SecretsUnavailable when none was ever read.
        """
        return await self._auth_tokens.get()

    async def refreshed_auth_tokens(self) -> tuple[str, ...]:
        """Returns them, read again unless that was done within a minute: for a signature that does not match."""
        return await self._auth_tokens.refreshed()

    async def shared_keys(self) -> tuple[str, ...]:
        """Returns `twilio-webhooks-shared-key`, none without that secret; at most ten minutes old."""
        return await self._shared_keys.get()

    async def refreshed_shared_keys(self) -> tuple[str, ...]:
        """Returns the same, read again unless that was done within a minute."""
        return await self._shared_keys.refreshed()

    async def api_key_secret(self) -> str:
        """Returns `twilio-api-key-secret`, cached like the tokens. Raises SecretsUnavailable when it was never read."""
        return await self._api_key_secret.get()

    async def agent_keys(self) -> str:
        """Returns `agent-keys`, at most a minute old, "" without that secret; during an outage the last known ones."""
        return await self._agent_keys.get()

    async def check(self) -> None:
        """Reads the vault now, whatever is cached. Raises SecretsUnavailable."""
        await self._read_auth_tokens()
        if self._with_api_key:
            await self._read_api_key_secret()

    async def close(self) -> None:
        """Closes the connections."""
        await self._auth_tokens.close()
        await self._shared_keys.close()
        await self._api_key_secret.close()
        await self._agent_keys.close()
        await self._vault.close()

    async def _read_auth_tokens(self) -> tuple[str, ...]:
        async with self._vault.look_up() as look_up:
            first = await look_up.required(AUTH_TOKEN)
            following = await look_up.optional(NEXT_AUTH_TOKEN)
        return (first, following) if following and following != first else (first,)

    async def _read_shared_keys(self) -> tuple[str, ...]:
        async with self._vault.look_up() as look_up:
            key = await look_up.optional(SHARED_KEY)
        return (key,) if key else ()

    async def _read_api_key_secret(self) -> str:
        async with self._vault.look_up() as look_up:
            return await look_up.required(API_KEY_SECRET)

    async def _read_agent_keys(self) -> str:
        async with self._vault.look_up() as look_up:
            return await look_up.optional(AGENT_KEYS)


class _Vault:
    """The vault's client, opened at the first look-up."""

    def __init__(
        self,
        url: str,
        credential: WatchedCredential,
        whole_seconds: float,
        advice: Advice,
        options: Mapping[str, Any],
    ) -> None:
        self._url = url
        self._host = urlsplit(url).netloc
        self._credential = credential
        self._whole_seconds = whole_seconds
        self._advice = advice
        self._options = options
        self._client: SecretClient | None = None

    @asynccontextmanager
    async def look_up(self) -> AsyncIterator[_LookUp]:
        """Bounds everything that is read inside the block, as a whole. Raises SecretsUnavailable."""
        client = self._opened()  # outside the bound: on a cold disk the import may take seconds
        try:
            async with asyncio.timeout(self._whole_seconds) as bound:
                yield _LookUp(client, self._host, bound, self._advice)
        except TimeoutError as error:
            raise SecretsUnavailable(f"{self._host}: {self._why_slow()}") from error

    async def close(self) -> None:
        if self._client is not None:
            await self._client.close()

    def _why_slow(self) -> str:
        """Says which of the two did not answer within the bound: the credential, or the vault."""
        seconds = f"no answer within {self._whole_seconds:g} s"
        if self._credential.is_pending:
            return f"{seconds}: {self._advice.slow}"
        return f"{seconds}: the vault did not answer; check its network rules"

    def _opened(self) -> SecretClient:
        if self._client is None:
            from azure.keyvault.secrets.aio import SecretClient

            bounds = {"connection_timeout": CONNECT_SECONDS, "read_timeout": READ_SECONDS}
            # Retried here: the library's retry would wait for any Retry-After while a caller is on the line.
            self._client = SecretClient(self._url, self._credential, retry_total=0, **bounds, **self._options)
        return self._client


@dataclass(frozen=True)
class _LookUp:
    """Reads secrets within the bound. Raises SecretsUnavailable, which names the vault, the secret and the remedy."""

    client: SecretClient
    host: str
    bound: asyncio.Timeout
    advice: Advice

    async def required(self, name: str) -> str:
        """Returns the secret's value, without surrounding white space."""
        value = await self._value(name)
        if not value:
            raise SecretsUnavailable(f"{self.host}: {name}: empty; set its value in the vault")
        return value

    async def optional(self, name: str) -> str:
        """Returns the value, "" for a secret that is absent, disabled or not readable by this app."""
        try:
            return await self._value(name)
        except SecretsUnavailable as refused:
            if refused.status not in (403, 404):
                raise
            if refused.status == 403 and refused.code != "SecretDisabled":
                logger.warning("event=key_vault_secret_withheld problem=%s", refused)
            return ""

    async def _value(self, name: str) -> str:
        from azure.core.exceptions import AzureError, DecodeError

        try:
            return await self._ask(name)
        except (DecodeError, ValueError, TypeError, AttributeError):
            # What the SDK raises for an answer of another kind. Not chained: its text may contain part of a secret.
            raise SecretsUnavailable(f"{self.host}: {name}: {NO_VAULT}") from None
        except (AzureError, OSError) as error:
            raise refusal(f"{self.host}: {name}", error, self.advice) from error

    async def _ask(self, name: str) -> str:
        """Requests the secret, and once more when the error may pass within the bound."""
        from azure.core.exceptions import AzureError

        try:
            secret = await self.client.get_secret(name)
        except AzureError as error:
            pause = _pause_before_retry(error)
            if pause >= self._seconds_left():
                raise
            await asyncio.sleep(pause)
            secret = await self.client.get_secret(name)
        return (secret.value or "").strip()

    def _seconds_left(self) -> float:
        until = self.bound.when()
        return math.inf if until is None else until - asyncio.get_running_loop().time()


def _pause_before_retry(error: AzureError) -> float:
    """Returns the seconds before a retry, infinity for an error that a retry does not change."""
    from azure.core.exceptions import ClientAuthenticationError

    if isinstance(error, ClientAuthenticationError):
        return math.inf
    status = status_of(error)
    if status and status != 429 and status < 500:
        return math.inf
    headers: Mapping[str, str] = getattr(getattr(error, "response", None), "headers", {})
    retry_after = headers.get("Retry-After", "")
    seconds = whole_number(retry_after)
    return PAUSE_SECONDS if seconds is None else float(seconds)
