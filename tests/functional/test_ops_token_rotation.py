"""Rotating the auth token, with the real protocols of vault and Twilio, and the app's own signature check."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from aiohttp import web

from ops.app_probe import AppProbe
from ops.errors import OpsError
from ops.token_rotation import Stage, TokenRotation
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
    """A clock that advances 61 s each time, unless it is held."""

    held = False

    def pass_(self) -> None:
        """Advances the clock."""
        self.advance(0 if self.held else 61)


@dataclass
class World:
    """The vault, Twilio, the app, and the notes and questions for the operator.

    The app receives each webhook a minute after the one before, unless its `clock` is held.
    """

    vault: WritableKeyVault
    twilio: TwoTokens
    rotation: TokenRotation
    clock: Minutes
    notes: list[str]
    questions: list[str]

    @property
    def promotions(self) -> int:
        """The number of promotions."""
        return self.twilio.requests.count("POST /v1/AuthTokens/Promote")


@asynccontextmanager
async def world(
    secrets: dict[str, str], primary: str = OLD, secondary: str = "", typed: str = "", refuses: bool = False
) -> AsyncIterator[World]:
    """Yields a world with these secrets and tokens. The operator answers yes, or `refuses`."""
    clock, notes, questions = Minutes(), list[str](), list[str]()

    def confirm(question: str) -> None:
        questions.append(question)
        if refuses:
            raise OpsError("not confirmed")

    async with WritableKeyVault(secrets) as vault, two_tokens(primary, secondary) as twilio:
        reading = KeyVaultSecrets(vault.url, vault.credential(), clock, client_options=vault.client_options)
        writer = vault.writer()

        async def answer(request: web.Request) -> web.Response:
            clock.pass_()
            return web.Response(status=await _status(reading, f"http://{request.host}", request))

        async with answering(answer) as origin, AppProbe(origin) as app:
            rotation = TokenRotation(
                vault=writer,
                account=twilio.account,
                app=app,
                report=notes.append,
                confirm=confirm,
                prompt=(lambda: typed) if typed else None,
                poll_seconds=0.01,
                patience_seconds=0.05,
            )
            try:
                yield World(vault, twilio, rotation, clock, notes, questions)
            finally:
                await writer.close()
                await reading.close()


async def _status(secrets: KeyVaultSecrets, origin: str, request: web.Request) -> int:
    """Returns the app's status: it checks by the tokens that it has, and then by those of the vault now."""
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
    """The vault has the promoted token only, which is the one that Twilio signs with."""
    async with world({FIRST: OLD}) as here:
        await here.rotation.run()
        assert here.vault.secrets == {FIRST: NEW}
    assert (here.twilio.primary, here.twilio.secondary, here.promotions) == (NEW, "", 1)
    assert here.vault.writes == [f"set {NEXT}", f"set {FIRST}", f"delete {NEXT}"]


async def test_no_token_is_printed() -> None:
    """Neither in notes nor in questions nor in the result."""
    async with world({FIRST: OLD}) as here:
        done = await here.rotation.run()
    printed = "\n".join([*here.notes, *here.questions, *done])
    assert OLD not in printed
    assert NEW not in printed


async def test_a_second_rotation_recovers_the_secret_that_the_first_one_deleted() -> None:
    """The vault keeps its name for days."""
    async with world({FIRST: OLD}) as here:
        await here.rotation.run()
        await here.rotation.run()
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
async def test_an_interrupted_rotation_continues_where_it_stopped(
    secrets: dict[str, str], primary: str, secondary: str, stage: Stage, promotions: int
) -> None:
    """The stage is read from the vault and Twilio; nothing is promoted twice."""
    async with world(secrets, primary, secondary) as here:
        assert (await here.rotation.read_tokens()).stage is stage
        await here.rotation.run()
        assert here.vault.secrets == {FIRST: here.twilio.primary}
        assert (await here.rotation.read_tokens()).stage is Stage.BEGIN
    assert here.promotions == promotions


async def test_a_secondary_token_that_is_not_in_the_vault_is_replaced() -> None:
    """It cannot be read again. The command asks first, because somebody else may use it."""
    async with world({FIRST: OLD}, secondary="lost") as here:
        await here.rotation.run()
        assert here.vault.secrets == {FIRST: NEW}
    assert here.questions[0].startswith("Twilio has a secondary auth token")


async def test_the_answer_no_leaves_the_old_token_valid() -> None:
    """The next one stays in the vault; run again, the rotation continues from there."""
    async with world({FIRST: OLD}, refuses=True) as here:
        with pytest.raises(OpsError, match="not confirmed"):
            await here.rotation.run()
        assert here.vault.secrets == {FIRST: OLD, NEXT: NEW}
    assert (here.twilio.primary, here.promotions) == (OLD, 0)


async def test_a_typed_token_is_checked_at_twilio() -> None:
    """A wrong one is not written to the vault."""
    async with world({FIRST: OLD}, secondary="by-hand", typed="by-hnad") as here:
        with pytest.raises(OpsError, match="does not accept this token"):
            await here.rotation.run()
        assert here.vault.secrets == {FIRST: OLD}


async def test_a_token_created_by_hand_is_used() -> None:
    """It is the one that was typed."""
    async with world({FIRST: OLD}, secondary="by-hand", typed="by-hand") as here:
        await here.rotation.run()
        assert here.vault.secrets == {FIRST: "by-hand"}


async def test_an_app_that_does_not_accept_the_next_token_stops_the_rotation() -> None:
    """Before the promotion: the app has read the vault a moment ago, and does not read it again within a minute."""
    async with world({FIRST: OLD, NEXT: "second"}, secondary="second") as here:
        here.vault.disabled.add(NEXT)
        assert await here.rotation.app.webhook_status("unknown") == 403
        here.vault.disabled.clear()
        here.clock.held = True
        with pytest.raises(OpsError, match="answers 403 to a webhook signed with the next token"):
            await here.rotation.run()
        assert here.promotions == 0
        here.clock.held = False
        await here.rotation.run()
    assert here.promotions == 1


async def test_without_a_valid_token_the_error_names_set_secret() -> None:
    """The token was promoted in the console, and the vault does not have it."""
    async with world({FIRST: OLD}, primary="another") as here:
        with pytest.raises(OpsError, match="set-secret twilio-auth-token"):
            await here.rotation.run()
