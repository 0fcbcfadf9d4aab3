"""The rotation of the auth token: the real vault and Twilio protocols, and the app's own look at each signature."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from aiohttp import web

from ops.errors import OpsError
from ops.rotation import Rotation, Stage
from ops.webhook import App
from switchboard import signature
from switchboard.adapters.key_vault import KeyVaultSecrets
from switchboard.errors import WebhookRefused
from tests.doubles import answering
from tests.key_vault_double import Clock
from tests.key_vault_writing import WritableKeyVault
from tests.twilio_tokens import TwoTokens, two_tokens

FIRST, NEXT = "twilio-auth-token", "twilio-auth-token-next"
OLD, NEW = "token-in-use", "token-made-1"


class Minutes(Clock):
    """A minute and a second each time, unless it is held."""

    held = False

    def pass_(self) -> None:
        """Let a minute go by."""
        self.advance(0 if self.held else 61)


@dataclass
class World:
    """The vault, Twilio, the app, and what the operator was asked and told.

    The app meets each webhook a minute after the one before, unless its `clock` is held.
    """

    vault: WritableKeyVault
    twilio: TwoTokens
    rotation: Rotation
    clock: Minutes
    said: list[str]
    asked: list[str]

    @property
    def promotions(self) -> int:
        """How often a token was promoted."""
        return self.twilio.asked.count("POST /v1/AuthTokens/Promote")


@asynccontextmanager
async def world(
    secrets: dict[str, str], primary: str = OLD, secondary: str = "", typed: str = "", refuses: bool = False
) -> AsyncIterator[World]:
    """A world in which these secrets and tokens are. The operator says yes, or `refuses`."""
    clock, said, asked = Minutes(), list[str](), list[str]()

    def ask(question: str) -> None:
        asked.append(question)
        if refuses:
            raise OpsError("nothing was done")

    async with WritableKeyVault(secrets) as vault, two_tokens(primary, secondary) as twilio:
        reading = KeyVaultSecrets(vault.url, vault.credential(), clock, client_options=vault.client_options)
        writer = vault.writer()

        async def answer(request: web.Request) -> web.Response:
            clock.pass_()
            return web.Response(status=await _status(reading, f"http://{request.host}", request))

        async with answering(answer) as origin, App(origin) as app:
            rotation = Rotation(
                vault=writer,
                account=twilio.account,
                app=app,
                say=said.append,
                ask=ask,
                typed=(lambda: typed) if typed else None,
                pause_seconds=0.01,
                patience_seconds=0.05,
            )
            try:
                yield World(vault, twilio, rotation, clock, said, asked)
            finally:
                await writer.close()
                await reading.close()


async def _status(secrets: KeyVaultSecrets, origin: str, request: web.Request) -> int:
    """What the app answers: by the tokens it knows, and by those of the vault when none of them fits."""
    arrived = signature.Request(
        method="POST",
        url=str(request.url),
        content_type=request.content_type,
        body=await request.read(),
        signature=request.headers.get("X-Twilio-Signature", ""),
    )
    for tokens in (await secrets.auth_tokens(), await secrets.refreshed_auth_tokens()):
        try:
            signature.verify(arrived, origin, tokens)
        except WebhookRefused:
            continue
        return 200
    return 403


async def test_a_rotation_goes_from_one_token_to_the_next() -> None:
    """The vault ends with the promoted token alone, which is the one that Twilio signs by."""
    async with world({FIRST: OLD}) as here:
        await here.rotation.walk()
        assert here.vault.secrets == {FIRST: NEW}
    assert (here.twilio.primary, here.twilio.secondary, here.promotions) == (NEW, "", 1)
    assert here.vault.writes == [f"set {NEXT}", f"set {FIRST}", f"delete {NEXT}"]


async def test_no_token_is_told() -> None:
    """What the operator reads has none in it."""
    async with world({FIRST: OLD}) as here:
        done = await here.rotation.walk()
    told = "\n".join([*here.said, *here.asked, *done])
    assert OLD not in told
    assert NEW not in told


async def test_a_second_rotation_recovers_the_secret_that_the_first_deleted() -> None:
    """Its name is kept by the vault for days."""
    async with world({FIRST: OLD}) as here:
        await here.rotation.walk()
        await here.rotation.walk()
        assert here.vault.secrets == {FIRST: "token-made-2"}
    assert here.promotions == 2


@pytest.mark.parametrize(
    ("secrets", "primary", "secondary", "stage", "promotions"),
    [
        ({FIRST: OLD}, OLD, "", Stage.BEGIN, 1),
        ({FIRST: OLD, NEXT: "stale"}, OLD, "", Stage.BEGIN, 1),
        ({FIRST: OLD, NEXT: "second"}, OLD, "second", Stage.PROMOTE, 1),
        ({FIRST: OLD, NEXT: "second"}, "second", "", Stage.FOLLOW, 0),
        ({FIRST: "second", NEXT: "second"}, "second", "", Stage.FINISH, 0),
    ],
    ids=["untouched", "a leftover", "next is set", "promoted", "first is set"],
)
async def test_it_goes_on_where_it_was_cut_off(
    secrets: dict[str, str], primary: str, secondary: str, stage: Stage, promotions: int
) -> None:
    """Where it stands is seen in the vault and at Twilio; nothing is promoted twice."""
    async with world(secrets, primary, secondary) as here:
        assert (await here.rotation.look()).stage is stage
        await here.rotation.walk()
        assert here.vault.secrets == {FIRST: here.twilio.primary}
        assert (await here.rotation.look()).stage is Stage.BEGIN
    assert here.promotions == promotions


async def test_a_secondary_token_that_nobody_knows_is_replaced() -> None:
    """Made, and lost before it was in the vault: the operator is asked, because it may be somebody else's."""
    async with world({FIRST: OLD}, secondary="lost") as here:
        await here.rotation.walk()
        assert here.vault.secrets == {FIRST: NEW}
    assert here.asked[0].startswith("Twilio has a secondary auth token")


async def test_an_operator_who_says_no_leaves_the_old_token_alive() -> None:
    """The next one stays in the vault; given again, the rotation goes on from there."""
    async with world({FIRST: OLD}, refuses=True) as here:
        with pytest.raises(OpsError, match="nothing was done"):
            await here.rotation.walk()
        assert here.vault.secrets == {FIRST: OLD, NEXT: NEW}
    assert (here.twilio.primary, here.promotions) == (OLD, 0)


async def test_a_token_that_was_typed_is_checked_at_twilio() -> None:
    """A wrong one is not put into the vault."""
    async with world({FIRST: OLD}, secondary="by-hand", typed="by-hnad") as here:
        with pytest.raises(OpsError, match="does not take that token"):
            await here.rotation.walk()
        assert here.vault.secrets == {FIRST: OLD}


async def test_a_token_made_by_hand_is_rotated_to() -> None:
    """The one that was typed."""
    async with world({FIRST: OLD}, secondary="by-hand", typed="by-hand") as here:
        await here.rotation.walk()
        assert here.vault.secrets == {FIRST: "by-hand"}


async def test_an_app_that_does_not_take_the_next_token_stops_it() -> None:
    """Before anything is promoted: the app has read the vault a moment ago, and does not again within a minute."""
    async with world({FIRST: OLD, NEXT: "second"}, secondary="second") as here:
        here.vault.disabled.add(NEXT)
        assert await here.rotation.app.status_for("unknown") == 403
        here.vault.disabled.clear()
        here.clock.held = True
        with pytest.raises(OpsError, match="answers 403 to a webhook signed by the next token"):
            await here.rotation.walk()
        assert here.promotions == 0
        here.clock.held = False
        await here.rotation.walk()
    assert here.promotions == 1


async def test_without_any_token_that_twilio_takes_it_says_what_to_set() -> None:
    """The token was promoted in the console, and its value is nowhere here."""
    async with world({FIRST: OLD}, primary="another") as here:
        with pytest.raises(OpsError, match="set-secret twilio-auth-token"):
            await here.rotation.walk()
