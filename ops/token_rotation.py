"""Rotates the auth token, without a refused webhook.

    BEGIN      the vault has the primary token only
      └─ create a secondary token at Twilio, and set it as `twilio-auth-token-next`
    PROMOTE    the vault has both, and Twilio accepts both
      └─ check that the app accepts webhooks signed with either; promote the secondary token, which ends the old one
    FOLLOW     Twilio accepts `twilio-auth-token-next` only
      └─ set it as `twilio-auth-token`
    FINISH     both secrets are the same
      └─ delete `twilio-auth-token-next`

The stage is read from the vault and from Twilio, not from a file: an interrupted rotation continues where it stopped.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from enum import Enum

import msgspec

from ops.app_probe import AppProbe
from ops.errors import OpsError
from ops.twilio_account import TwilioAccount, TwilioRefusal
from ops.vault import Secret, Vault
from switchboard.adapters.key_vault import AUTH_TOKEN, NEXT_AUTH_TOKEN

# A worker that gets an unknown signature reads the vault again, at most once a minute.
PATIENCE_SECONDS = 150
POLL_SECONDS = 5.0
OK = 200


class Stage(Enum):
    """The stages of a rotation, in order."""

    BEGIN = "no rotation has begun"
    PROMOTE = "the next token is in the vault, and not promoted"
    FOLLOW = "the next token is promoted, and not yet twilio-auth-token"
    FINISH = "the promoted token is twilio-auth-token"


class Tokens(msgspec.Struct, frozen=True):
    """The secrets of the vault, and which of them Twilio accepts."""

    primary: Secret
    following: Secret | None
    accepts_primary: bool
    accepts_following: bool

    def __repr__(self) -> str:
        """Leaves the tokens out."""
        return "Tokens(...)"

    @property
    def stage(self) -> Stage:
        """The stage that the rotation has reached. Raises OpsError when Twilio accepts neither token."""
        if self.following and self.following.value == self.primary.value:
            return Stage.FINISH
        if self.following and self.accepts_following:
            return Stage.PROMOTE if self.accepts_primary else Stage.FOLLOW
        if self.accepts_primary:
            return Stage.BEGIN
        raise OpsError(
            f"Twilio accepts none of the vault's tokens: set the valid one with `./sb ops set-secret {AUTH_TOKEN}`"
        )


class TokenRotation(msgspec.Struct, frozen=True, kw_only=True):
    """One rotation. `account` returns Twilio's account for a token; `confirm` asks the operator, and raises on a no.

    `prompt` reads a secondary token that the operator created, None to create it by Twilio's API. `settle_seconds` is
    how long the next token is in the vault before it is promoted: workers keep what they read for ten minutes.
    """

    vault: Vault
    account: Callable[[str], TwilioAccount]
    app: AppProbe
    report: Callable[[str], None]
    confirm: Callable[[str], None]
    prompt: Callable[[], str] | None = None
    settle_seconds: float = 660
    poll_seconds: float = POLL_SECONDS
    patience_seconds: float = PATIENCE_SECONDS

    async def run(self) -> list[str]:
        """Runs the stages that are left, and returns what each did. Raises OpsError when a check fails."""
        actions: dict[Stage, Callable[[Tokens], Awaitable[str]]] = {
            Stage.BEGIN: self._begin,
            Stage.PROMOTE: self._promote,
            Stage.FOLLOW: self._follow,
            Stage.FINISH: self._finish,
        }
        done: list[str] = []
        tokens = await self.read_tokens()
        for stage in list(Stage)[_position(tokens.stage) :]:
            self.report(stage.value)
            done.append(await actions[stage](tokens))
            self.report(f"  {done[-1]}")
            if stage is not Stage.FINISH:
                tokens = await self._wait_beyond(stage)
        return done

    async def read_tokens(self) -> Tokens:
        """Reads the vault, and asks Twilio which tokens it accepts. Raises OpsError."""
        primary, following = await self.vault.read(AUTH_TOKEN), await self.vault.read(NEXT_AUTH_TOKEN)
        if primary is None:
            raise OpsError(f"{AUTH_TOKEN} is not in the vault: `./sb ops set-secret {AUTH_TOKEN}`")
        accepts_following = following is not None and await self._accepts(following.value)
        return Tokens(primary, following, await self._accepts(primary.value), accepts_following)

    async def _accepts(self, token: str) -> bool:
        return await self.account(token).accepts(token)

    async def _wait_beyond(self, stage: Stage) -> Tokens:
        """Waits until vault and Twilio show a later stage. Raises OpsError after `patience_seconds`."""
        until = asyncio.get_running_loop().time() + self.patience_seconds
        while _position((tokens := await self.read_tokens()).stage) <= _position(stage):
            if asyncio.get_running_loop().time() + self.poll_seconds > until:
                raise OpsError(f"the last step has no effect yet; {tokens.stage.value}: run the command again later")
            await asyncio.sleep(self.poll_seconds)
        return tokens

    async def _begin(self, tokens: Tokens) -> str:
        await self._check_app(tokens.primary.value, "the present token")
        token = self.prompt() if self.prompt else await self._create_secondary(self.account(tokens.primary.value))
        if not await self._accepts(token):
            raise OpsError("Twilio does not accept this token: is it the account's secondary auth token?")
        await self.vault.write(NEXT_AUTH_TOKEN, token)
        return f"{NEXT_AUTH_TOKEN} is set, and Twilio accepts it"

    async def _create_secondary(self, account: TwilioAccount) -> str:
        """Returns a new secondary token. An existing one is replaced, because Twilio does not show it again."""
        try:
            return await account.create_secondary()
        except TwilioRefusal:
            self.confirm("Twilio has a secondary auth token that is not in the vault. Replace it?")
            await account.delete_secondary()
            return await account.create_secondary()

    async def _promote(self, tokens: Tokens) -> str:
        following = _required(tokens.following)
        await self._wait_for_workers(following)
        await self._check_app(tokens.primary.value, "the present token")
        await self._check_app(following.value, "the next token")
        self.confirm("Promote the next token? The old one is invalid from then on, for everybody who uses it.")
        await self.account(tokens.primary.value).promote()
        await self._check_app(following.value, "the promoted token")
        return "it is promoted, and the app accepts its signatures"

    async def _follow(self, tokens: Tokens) -> str:
        promoted = _required(tokens.following).value
        await self.vault.write(AUTH_TOKEN, promoted)
        await self._check_app(promoted, "the promoted token")
        return f"{AUTH_TOKEN} is the promoted token"

    async def _finish(self, tokens: Tokens) -> str:
        await self.vault.delete(NEXT_AUTH_TOKEN)
        await self._check_app(tokens.primary.value, "the new token")
        return f"{NEXT_AUTH_TOKEN} is deleted; workers stop using the old token within ten minutes"

    async def _wait_for_workers(self, following: Secret) -> None:
        """Waits until every worker has read the vault again, so that each knows the next token."""
        while (left := self.settle_seconds - (datetime.now(UTC) - following.set_at).total_seconds()) > 0:
            self.report(f"  waiting {left:.0f} s, until every worker has read the vault")
            await asyncio.sleep(min(left, 60))

    async def _check_app(self, token: str, name: str) -> None:
        """Waits until the app accepts a webhook signed with this token. Raises OpsError after `patience_seconds`."""
        loop = asyncio.get_running_loop()
        until = loop.time() + self.patience_seconds
        while (status := await self.app.webhook_status(token)) != OK:
            if loop.time() + self.poll_seconds > until:
                raise OpsError(
                    f"the app answers {status} to a webhook signed with {name}: see {self.app.origin}/api/health"
                )
            await asyncio.sleep(self.poll_seconds)


def _position(stage: Stage) -> int:
    return list(Stage).index(stage)


def _required(secret: Secret | None) -> Secret:
    if secret is None:
        raise OpsError(f"{NEXT_AUTH_TOKEN} was deleted from the vault meanwhile: run the command again")
    return secret
