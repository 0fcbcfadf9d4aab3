"""The auth token rotated in Key Vault while the app runs: from the vault's protocol to the webhook's answer."""

import pytest

from switchboard.adapters.key_vault import AUTH_TOKEN
from tests.fakes import FakeServices
from tests.functions import answer_to, serving, webhook
from tests.key_vault_double import Clock, KeyVaultDouble, dropping, reading

INCOMING = "/api/voice/incoming"
CALL = {"CallSid": "CA1", "From": "+15005550006"}


async def status(token: str) -> int:
    """What a webhook signed by this token is answered with."""
    return (await answer_to(INCOMING, webhook(INCOMING, CALL, token=token))).status


@pytest.mark.parametrize("pause", [0, 30, 599])
async def test_the_first_webhook_signed_with_the_new_token_is_accepted(pause: float) -> None:
    """Without a restart, however short a while ago the old one was read; and the old one is refused from then on."""
    clock = Clock()
    async with KeyVaultDouble({AUTH_TOKEN: "old"}) as vault, reading(vault, clock) as secrets:
        with serving(FakeServices(secrets=secrets)):
            assert await status("old") == 200
            vault.secrets[AUTH_TOKEN] = "new"
            clock.advance(pause)
            assert await status("new") == 200
            assert await status("old") == 403


async def test_strangers_make_the_vault_be_asked_once_a_minute() -> None:
    """A flood of forged signatures is no flood on the vault."""
    async with KeyVaultDouble({AUTH_TOKEN: "old"}) as vault, reading(vault) as secrets:
        with serving(FakeServices(secrets=secrets)):
            assert [await status("forged") for _ in range(20)] == [403] * 20
    assert vault.asked[AUTH_TOKEN] == 2


async def test_without_any_token_ever_read_a_webhook_is_not_ready() -> None:
    """The one case in which a voice webhook answers 5xx; the vault's return mends it."""
    clock = Clock()
    async with KeyVaultDouble({AUTH_TOKEN: "old"}) as vault, reading(vault, clock) as secrets:
        with serving(FakeServices(secrets=secrets)):
            vault.fail(dropping)
            assert await status("old") == 503
            vault.recover()
            clock.advance(10)
            assert await status("old") == 200
