"""How long a reading of Key Vault may take while a caller waits."""

import asyncio
import time

import pytest

from switchboard.adapters.key_vault import AUTH_TOKEN, WHOLE_SECONDS
from switchboard.errors import SecretsUnavailable
from switchboard.health import CHECK_SECONDS
from tests.key_vault_double import Failure, Hanging, KeyVaultDouble, answering, dropping, reading


def one() -> KeyVaultDouble:
    """A vault with one token."""
    return KeyVaultDouble({AUTH_TOKEN: "one"})


@pytest.mark.parametrize("failure", [dropping, answering(503, "x"), answering(429, "x"), answering(500, "x")])
async def test_a_temporary_failure_is_retried_once(failure: Failure) -> None:
    """One failure, then the secret."""
    async with one() as vault, reading(vault) as secrets:
        vault.fail(failure, AUTH_TOKEN, times=1)
        assert await secrets.auth_tokens() == ("one",)
    assert vault.asked[AUTH_TOKEN] == 2


@pytest.mark.parametrize("status", [400, 403])
async def test_a_permanent_failure_is_not_retried(status: int) -> None:
    """A refusal would be the same a moment later."""
    async with one() as vault, reading(vault) as secrets:
        vault.fail(answering(status, "x"))
        with pytest.raises(SecretsUnavailable):
            await secrets.auth_tokens()
    assert vault.asked[AUTH_TOKEN] == 1


async def test_a_lasting_failure_causes_two_requests() -> None:
    """The SDK adds no retries of its own."""
    async with one() as vault, reading(vault) as secrets:
        vault.fail(answering(503, "x"))
        with pytest.raises(SecretsUnavailable):
            await secrets.auth_tokens()
    assert vault.asked[AUTH_TOKEN] == 2


async def test_a_short_retry_after_is_respected() -> None:
    """429 has the delay, which is within the limit."""
    async with one() as vault, reading(vault) as secrets:
        vault.fail(answering(429, "Throttled", retry_after=1), AUTH_TOKEN, times=1)
        started = time.monotonic()
        assert await secrets.auth_tokens() == ("one",)
    assert time.monotonic() - started >= 1


async def test_a_long_retry_after_fails_at_once() -> None:
    """The caller does not wait until the limit."""
    async with one() as vault, reading(vault) as secrets:
        vault.fail(answering(429, "Throttled", retry_after=60))
        started = time.monotonic()
        with pytest.raises(SecretsUnavailable, match="throttles requests"):
            await secrets.auth_tokens()
    assert time.monotonic() - started < 2
    assert vault.asked[AUTH_TOKEN] == 1


async def test_a_vault_that_hangs_times_out() -> None:
    """The whole look-up is limited, not each request."""
    async with one() as vault, reading(vault, whole_seconds=0.3) as secrets:
        vault.fail(Hanging())
        started = time.monotonic()
        with pytest.raises(SecretsUnavailable, match=r"no answer within 0\.3 s: the vault did not answer"):
            await secrets.auth_tokens()
    assert time.monotonic() - started < 2


async def test_an_identity_that_hangs_times_out() -> None:
    """The time of the token's request counts too, and the message does not blame the vault."""
    async with one() as vault, reading(vault, whole_seconds=0.3) as secrets:
        vault.identity_failure = Hanging()
        with pytest.raises(SecretsUnavailable, match=r"no answer within 0\.3 s: the app's identity") as raised:
            await secrets.auth_tokens()
    assert "network" not in str(raised.value)


def test_the_limit_is_shorter_than_the_health_pages() -> None:
    """So that the page has the reason."""
    assert WHOLE_SECONDS < CHECK_SECONDS


def test_the_double_serves_from_a_thread() -> None:
    """For a test that blocks, and for another process."""

    async def tokens(vault: KeyVaultDouble) -> tuple[str, ...]:
        async with reading(vault) as secrets:
            return await secrets.auth_tokens()

    with KeyVaultDouble.in_thread({AUTH_TOKEN: "one"}) as vault:
        assert asyncio.run(tokens(vault)) == ("one",)
