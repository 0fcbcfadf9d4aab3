"""The rotation of the auth token, with no webhook refused on the way.

    BEGIN      the vault has the primary alone
      └─ a secondary is made at Twilio, and set as `twilio-auth-token-next`
    PROMOTE    both are in the vault, and Twilio takes both
      └─ the app takes webhooks signed by either; the secondary is promoted, the old one is dead
    FOLLOW     Twilio takes `twilio-auth-token-next` alone
      └─ it is set as `twilio-auth-token`
    FINISH     both secrets are the same
      └─ `twilio-auth-token-next` is deleted

Where it stands is read from the vault and from Twilio, never from a note of ours: cut off anywhere, it goes on there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from enum import Enum

import msgspec

from ops.errors import OpsError
from ops.twilio_account import Refused, TwilioAccount
from ops.vault import Secret, Vault
from ops.webhook import App
from switchboard.adapters.key_vault import AUTH_TOKEN, NEXT_AUTH_TOKEN

# A worker that meets a signature it does not know reads the vault again, at most once a minute.
PATIENCE_SECONDS = 150
PAUSE_SECONDS = 5.0
OK = 200

Say = Callable[[str], None]


class Stage(Enum):
    """How far a rotation is."""

    BEGIN = "no rotation is under way"
    PROMOTE = "the next token is in the vault, and not yet promoted"
    FOLLOW = "the next token is promoted, and not yet the vault's first"
    FINISH = "the promoted token is the vault's first"


class Tokens(msgspec.Struct, frozen=True):
    """What the vault has, and which of them Twilio takes."""

    first: Secret
    following: Secret | None
    takes_first: bool
    takes_following: bool

    def __repr__(self) -> str:
        """Neither of them."""
        return "Tokens(...)"

    @property
    def stage(self) -> Stage:
        """Where the rotation stands. Raises OpsError when Twilio takes none of them."""
        if self.following and self.following.value == self.first.value:
            return Stage.FINISH
        if self.following and self.takes_following:
            return Stage.PROMOTE if self.takes_first else Stage.FOLLOW
        if self.takes_first:
            return Stage.BEGIN
        raise OpsError(
            f"Twilio takes none of the vault's tokens: `python -m ops set-secret {AUTH_TOKEN}` sets the true one"
        )


class Rotation(msgspec.Struct, frozen=True, kw_only=True):
    """Walks it. `account` makes Twilio's account by a token; `ask` lets the operator say yes or stop it.

    `typed` is where a secondary token made by hand comes from, None to make it by Twilio's API. `settle_seconds` is how
    long the next token lies in the vault before it is promoted: workers keep what they read for ten minutes.
    """

    vault: Vault
    account: Callable[[str], TwilioAccount]
    app: App
    say: Say
    ask: Callable[[str], None]
    typed: Callable[[], str] | None = None
    settle_seconds: float = 660
    pause_seconds: float = PAUSE_SECONDS
    patience_seconds: float = PATIENCE_SECONDS

    async def walk(self) -> list[str]:
        """Go from where it stands to its end: what was done. Raises OpsError where a check fails."""
        steps: dict[Stage, Callable[[Tokens], Awaitable[str]]] = {
            Stage.BEGIN: self._begin,
            Stage.PROMOTE: self._promote,
            Stage.FOLLOW: self._follow,
            Stage.FINISH: self._finish,
        }
        done: list[str] = []
        tokens = await self.look()
        for stage in list(Stage)[_order_of(tokens.stage) :]:
            self.say(stage.value)
            done.append(await steps[stage](tokens))
            self.say(f"  {done[-1]}")
            if stage is not Stage.FINISH:
                tokens = await self._look_for_more_than(stage)
        return done

    async def look(self) -> Tokens:
        """What the vault has, and what Twilio takes of it. Raises OpsError."""
        first, following = await self.vault.read(AUTH_TOKEN), await self.vault.read(NEXT_AUTH_TOKEN)
        if first is None:
            raise OpsError(f"{AUTH_TOKEN} is not in the vault: `python -m ops set-secret {AUTH_TOKEN}`")
        takes_following = following is not None and await self.account(following.value).takes(following.value)
        return Tokens(first, following, await self.account(first.value).takes(first.value), takes_following)

    async def _look_for_more_than(self, stage: Stage) -> Tokens:
        """The next stage is seen by vault and Twilio, soon. Raises OpsError when it is not."""
        until = asyncio.get_running_loop().time() + self.patience_seconds
        while _order_of((tokens := await self.look()).stage) <= _order_of(stage):
            if asyncio.get_running_loop().time() + self.pause_seconds > until:
                raise OpsError(f"that step had no effect yet; {tokens.stage.value}: give the command again later")
            await asyncio.sleep(self.pause_seconds)
        return tokens

    async def _begin(self, tokens: Tokens) -> str:
        await self._check_app(tokens.first.value, "the token in use")
        token = self.typed() if self.typed else await self._made(self.account(tokens.first.value))
        if not await self.account(token).takes(token):
            raise OpsError("Twilio does not take that token: is it the account's secondary auth token?")
        await self.vault.write(NEXT_AUTH_TOKEN, token)
        return f"{NEXT_AUTH_TOKEN} is set, and Twilio takes it"

    async def _made(self, account: TwilioAccount) -> str:
        """A new secondary token. One that is there already cannot be read any more, so it is replaced."""
        try:
            return await account.create_secondary()
        except Refused:
            self.ask("Twilio has a secondary auth token that is not in the vault. Replace it?")
            await account.delete_secondary()
            return await account.create_secondary()

    async def _promote(self, tokens: Tokens) -> str:
        following = _required(tokens.following)
        await self._settle(following)
        await self._check_app(tokens.first.value, "the token in use")
        await self._check_app(following.value, "the next token")
        self.ask("Promote the next token? From then on the old one is dead, for everybody who uses it.")
        await self.account(tokens.first.value).promote()
        await self._check_app(following.value, "the promoted token")
        return "it is promoted, and the app takes what it signs"

    async def _follow(self, tokens: Tokens) -> str:
        promoted = _required(tokens.following).value
        await self.vault.write(AUTH_TOKEN, promoted)
        await self._check_app(promoted, "the promoted token")
        return f"{AUTH_TOKEN} is the promoted token"

    async def _finish(self, tokens: Tokens) -> str:
        await self.vault.delete(NEXT_AUTH_TOKEN)
        await self._check_app(tokens.first.value, "the new token")
        return f"{NEXT_AUTH_TOKEN} is deleted; workers forget the old token within ten minutes"

    async def _settle(self, following: Secret) -> None:
        """Let every worker read the vault once more, so that none meets an unknown signature."""
        while (left := self.settle_seconds - (datetime.now(UTC) - following.set_at).total_seconds()) > 0:
            self.say(f"  waiting {left:.0f} s, until every worker has read the vault")
            await asyncio.sleep(min(left, 60))

    async def _check_app(self, token: str, name: str) -> None:
        """See that the app takes a webhook signed by this token, soon. Raises OpsError when it does not."""
        loop = asyncio.get_running_loop()
        until = loop.time() + self.patience_seconds
        while (status := await self.app.status_for(token)) != OK:
            if loop.time() + self.pause_seconds > until:
                raise OpsError(
                    f"the app answers {status} to a webhook signed by {name}: see {self.app.origin}/api/health"
                )
            await asyncio.sleep(self.pause_seconds)


def _order_of(stage: Stage) -> int:
    return list(Stage).index(stage)


def _required(secret: Secret | None) -> Secret:
    if secret is None:
        raise OpsError(f"{NEXT_AUTH_TOKEN} was taken out of the vault meanwhile: give the command again")
    return secret
