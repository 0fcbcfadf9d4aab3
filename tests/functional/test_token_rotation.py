"""A rotation of the auth token in Key Vault while the app runs: from the vault to the webhook's answer."""

import pytest

from switchboard.adapters.key_vault import AUTH_TOKEN
from tests.fakes import FakeServices
from tests.functions import answer_to, serving, webhook
from tests.key_vault_double import Clock, KeyVaultDouble, dropping, reading

INCOMING = "/api/voice/incoming"
CALL = {"CallSid": "CA1", "From": "+15005550006"}


async def status(token: str) -> int:
    """The status of a webhook that is signed with this token."""
    return (await answer_to(INCOMING, webhook(INCOMING, CALL, token=token))).status


@pytest.mark.parametrize("pause", [0, 30, 599])
async def test_the_first_webhook_signed_with_the_new_token_is_accepted(pause: float) -> None:
    """Without a restart, however recently the old token was read; then the old token is refused."""
    clock = Clock()
    async with KeyVaultDouble({AUTH_TOKEN: "old"}) as vault, reading(vault, clock) as secrets:
        with serving(FakeServices(secrets=secrets)):
            assert await status("old") == 200
            vault.secrets[AUTH_TOKEN] = "new"
            clock.advance(pause)
            assert await status("new") == 200
            assert await status("old") == 403


async def test_forged_signatures_cause_one_vault_request_per_minute() -> None:
    """A flood of them does not reach the vault."""
    async with KeyVaultDouble({AUTH_TOKEN: "old"}) as vault, reading(vault) as secrets:
        with serving(FakeServices(secrets=secrets)):
            assert [await status("forged") for _ in range(20)] == [403] * 20
    assert vault.asked[AUTH_TOKEN] == 2


async def test_without_any_token_a_webhook_is_not_ready() -> None:
    """The only case in which a voice webhook answers 5xx; it ends when the vault is available again."""
    clock = Clock()
    async with KeyVaultDouble({AUTH_TOKEN: "old"}) as vault, reading(vault, clock) as secrets:
        with serving(FakeServices(secrets=secrets)):
            vault.fail(dropping)
            assert await status("old") == 503
            vault.recover()
            clock.advance(10)
            assert await status("old") == 200
