"""A credential that knows whether a token is being waited for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from azure.core.credentials import AccessToken
    from azure.core.credentials_async import AsyncTokenCredential


class WatchedCredential:
    """Passes tokens on from a credential of azure-identity, and closes it.

    `is_pending` is true while a token is awaited, and stays true when the wait is cancelled, as by a timeout.
    """

    def __init__(self, credential: AsyncTokenCredential) -> None:
        self._credential = credential
        self.is_pending = False

    async def get_token(
        self,
        *scopes: str,
        claims: str | None = None,
        tenant_id: str | None = None,
        enable_cae: bool = False,
        **options: object,
    ) -> AccessToken:
        """Returns a token for these scopes. Raises what the credential raises."""
        self.is_pending = True
        try:
            token = await self._credential.get_token(
                *scopes, claims=claims, tenant_id=tenant_id, enable_cae=enable_cae, **options
            )
        except Exception:
            self.is_pending = False
            raise
        self.is_pending = False
        return token

    async def close(self) -> None:
        """Closes the credential."""
        await self._credential.close()

    async def __aenter__(self) -> WatchedCredential:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()
