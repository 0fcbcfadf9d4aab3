"""Key Vault, for reading and writing. Values are never shown.

A vault keeps a deleted secret for days, and refuses a new secret with its name meanwhile: it is recovered first.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec
from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    HttpResponseError,
    ResourceExistsError,
    ResourceNotFoundError,
)
from azure.keyvault.secrets.aio import SecretClient

from ops.errors import NO_LOGIN, OpsError, is_login_missing

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential

GRANT = (
    "access denied: your login needs the role 'Key Vault Secrets Officer' on the vault, which takes minutes to take "
    "effect"
)


class Secret(msgspec.Struct, frozen=True):
    """A secret's value and when it was set."""

    value: str
    set_at: datetime

    def __repr__(self) -> str:
        """Leaves the value out."""
        return "Secret(...)"


class Vault:
    """The vault at `url`.

    `client_options` go to azure-keyvault-secrets' SecretClient.
    """

    def __init__(
        self, url: str, credential: AsyncTokenCredential, *, client_options: Mapping[str, Any] | None = None
    ) -> None:
        self._host = urlsplit(url).netloc
        self._client = SecretClient(url, credential, **(client_options or {}))

    async def read(self, name: str) -> Secret | None:
        """Returns a secret, None when it is absent or disabled. Raises OpsError."""
        async with self._as_ops_errors(name):
            try:
                found = await self._client.get_secret(name)
            except ResourceNotFoundError:
                return None
            except HttpResponseError as error:
                if _reason(error) == "SecretDisabled":
                    return None
                raise
        set_at = found.properties.updated_on
        return Secret((found.value or "").strip(), set_at) if set_at else None

    async def write(self, name: str, value: str) -> None:
        """Sets a secret, and checks that it can be read. Raises OpsError."""
        async with self._as_ops_errors(name):
            try:
                await self._client.set_secret(name, value)
            except ResourceExistsError:
                await self._client.recover_deleted_secret(name)
                await self._client.set_secret(name, value)
        kept = await self.read(name)
        if kept is None or kept.value != value:
            raise OpsError(f"{self._host}: {name}: the vault returns another value than the one that was set")

    async def delete(self, name: str) -> None:
        """Deletes a secret; an absent one is no error. Raises OpsError."""
        async with self._as_ops_errors(name):
            try:
                await self._client.delete_secret(name)
            except ResourceNotFoundError:
                return

    async def close(self) -> None:
        """Closes the connections."""
        await self._client.close()

    @asynccontextmanager
    async def _as_ops_errors(self, name: str) -> AsyncIterator[None]:
        """Raises OpsError in place of the SDK's errors, whose messages may contain a value."""
        try:
            yield
        except ClientAuthenticationError as error:
            if is_login_missing(error):
                raise OpsError(NO_LOGIN) from None
            raise OpsError(f"{self._host}: your login was not accepted: run `az login` with --tenant") from None
        except HttpResponseError as error:
            problem = GRANT if error.status_code == 403 else f"the vault answered {error.status_code} {_reason(error)}"
            raise OpsError(f"{self._host}: {name}: {problem}") from None
        except (AzureError, OSError) as error:
            raise OpsError(f"{self._host}: no connection to the vault: {type(error).__name__}") from None


def _reason(error: HttpResponseError) -> str:
    """Returns the inner code of Key Vault's error, or else its code, "" without both."""
    inner = getattr(getattr(error, "error", None), "innererror", None)
    code = inner.get("code") if isinstance(inner, Mapping) else None
    return str(code or getattr(error.error, "code", "") or "")
