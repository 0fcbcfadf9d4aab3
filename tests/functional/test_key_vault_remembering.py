"""The cache of secrets: its duration, its refreshes, and its use while the vault is unavailable."""

import asyncio

import pytest

from switchboard.adapters.key_vault import AGENT_KEYS, API_KEY_SECRET, AUTH_TOKEN, NEXT_AUTH_TOKEN, KeyVaultSecrets
from switchboard.errors import SecretsUnavailable
from tests.key_vault_double import Clock, Failure, Hanging, KeyVaultDouble, answering, dropping, reading

OUTAGES = [dropping, answering(503, "ServiceUnavailable"), answering(403, "Forbidden"), answering(429, "Throttled")]


def one() -> KeyVaultDouble:
    """A vault with one token."""
    return KeyVaultDouble({AUTH_TOKEN: "one", API_KEY_SECRET: "key"})


async def outcomes(secrets: KeyVaultSecrets, callers: int) -> list[tuple[str, ...] | BaseException]:
    """The results of concurrent callers."""
    asked = (secrets.auth_tokens() for _ in range(callers))
    return await asyncio.gather(*asked, return_exceptions=True)


async def test_secrets_are_cached_for_ten_minutes() -> None:
    """A webhook does not wait for the vault."""
    clock = Clock()
    async with one() as vault, reading(vault, clock) as secrets:
        await secrets.auth_tokens()
        clock.advance(599)
        await secrets.auth_tokens()
    assert vault.asked[AUTH_TOKEN] == 1


async def test_agents_keys_are_cached_for_a_minute() -> None:
    """A revoked key is refused soon; without the secret there are none, and during an outage the last known ones."""
    clock = Clock()
    async with one() as vault, reading(vault, clock) as secrets:
        assert await secrets.agent_keys() == ""
        vault.secrets[AGENT_KEYS] = "{}"
        clock.advance(59)
        assert await secrets.agent_keys() == ""
        clock.advance(1)
        assert await secrets.agent_keys() == "{}"
        vault.fail(dropping)
        clock.advance(60)
        assert await secrets.agent_keys() == "{}"


async def test_a_new_value_is_read_after_ten_minutes() -> None:
    """A rotation without a failed signature."""
    clock = Clock()
    async with one() as vault, reading(vault, clock) as secrets:
        await secrets.auth_tokens()
        vault.secrets[AUTH_TOKEN] = "two"
        clock.advance(600)
        assert await secrets.auth_tokens() == ("two",)


async def test_concurrent_first_webhooks_share_one_request() -> None:
    """A hundred callers, one request."""
    async with one() as vault, reading(vault) as secrets:
        assert await outcomes(secrets, 100) == [("one",)] * 100
    assert vault.asked[AUTH_TOKEN] == 1


async def test_a_canceled_caller_does_not_cancel_the_reading() -> None:
    """The other callers get its result."""
    async with one() as vault, reading(vault) as secrets:
        hanging = Hanging()
        vault.fail(hanging, times=1)
        first, second = (asyncio.create_task(secrets.auth_tokens()) for _ in range(2))
        await hanging.reached.wait()
        first.cancel()
        assert await second == ("one",)


async def test_a_refresh_finds_a_token_that_was_rotated_after_a_reading() -> None:
    """The first webhook signed with the new token is accepted."""
    async with one() as vault, reading(vault) as secrets:
        await secrets.auth_tokens()
        vault.secrets[AUTH_TOKEN] = "two"
        assert await secrets.refreshed_auth_tokens() == ("two",)
        assert await secrets.auth_tokens() == ("two",)


async def test_a_refresh_finds_a_next_token() -> None:
    """The other way to rotate."""
    async with one() as vault, reading(vault) as secrets:
        await secrets.auth_tokens()
        vault.secrets[NEXT_AUTH_TOKEN] = "two"
        assert await secrets.refreshed_auth_tokens() == ("one", "two")


@pytest.mark.parametrize(("seconds", "tokens"), [(59, ("two",)), (60, ("three",))])
async def test_a_refresh_is_made_at_most_once_a_minute(seconds: int, tokens: tuple[str, ...]) -> None:
    """Bad signatures do not each cause a request to the vault."""
    clock = Clock()
    async with one() as vault, reading(vault, clock) as secrets:
        await secrets.auth_tokens()
        vault.secrets[AUTH_TOKEN] = "two"
        await secrets.refreshed_auth_tokens()
        vault.secrets[AUTH_TOKEN] = "three"
        clock.advance(seconds)
        assert await secrets.refreshed_auth_tokens() == tokens


async def test_a_burst_of_bad_signatures_makes_one_refresh() -> None:
    """All of them get its result."""
    async with one() as vault, reading(vault) as secrets:
        await secrets.auth_tokens()
        vault.secrets[AUTH_TOKEN] = "two"
        refreshed = await asyncio.gather(*(secrets.refreshed_auth_tokens() for _ in range(50)))
    assert set(refreshed) == {("two",)}
    assert vault.asked[AUTH_TOKEN] == 2


@pytest.mark.parametrize("outage", OUTAGES)
async def test_the_cached_tokens_are_used_while_the_vault_is_unavailable(
    outage: Failure, caplog: pytest.LogCaptureFixture
) -> None:
    """Unreachable or refusing: one warning, no error, also for a refresh."""
    clock = Clock()
    async with one() as vault, reading(vault, clock) as secrets:
        await secrets.auth_tokens()
        vault.fail(outage)
        clock.advance(600)
        assert await secrets.auth_tokens() == ("one",)
        assert await secrets.refreshed_auth_tokens() == ("one",)
    assert caplog.text.count("event=key_vault_unavailable") == 1


async def test_a_next_token_that_cannot_be_read_stays() -> None:
    """During a rotation a partial outage must not drop the token that Twilio signs with."""
    clock = Clock()
    async with KeyVaultDouble({AUTH_TOKEN: "one", NEXT_AUTH_TOKEN: "two"}) as vault, reading(vault, clock) as secrets:
        await secrets.auth_tokens()
        vault.fail(answering(503, "ServiceUnavailable"), NEXT_AUTH_TOKEN)
        clock.advance(600)
        assert await secrets.auth_tokens() == ("one", "two")


async def test_a_token_deleted_from_the_vault_stays_in_use() -> None:
    """A mistake there must not stop the app from answering calls."""
    clock = Clock()
    async with one() as vault, reading(vault, clock) as secrets:
        await secrets.auth_tokens()
        del vault.secrets[AUTH_TOKEN]
        clock.advance(600)
        assert await secrets.auth_tokens() == ("one",)


@pytest.mark.parametrize(("seconds", "tries"), [(29, 1), (30, 2)])
async def test_an_unavailable_vault_is_tried_again_after_half_a_minute(seconds: int, tries: int) -> None:
    """A caller waits for each try."""
    clock = Clock()
    async with one() as vault, reading(vault, clock) as secrets:
        await secrets.auth_tokens()
        vault.fail(answering(403, "Forbidden"))
        clock.advance(600)
        await secrets.auth_tokens()
        clock.advance(seconds)
        await secrets.auth_tokens()
        await secrets.refreshed_auth_tokens()
    assert vault.asked[AUTH_TOKEN] - 1 == tries


async def test_a_vault_that_is_available_again_is_read() -> None:
    """An outage has no lasting effect."""
    clock = Clock()
    async with one() as vault, reading(vault, clock) as secrets:
        await secrets.auth_tokens()
        vault.fail(dropping)
        clock.advance(600)
        await secrets.auth_tokens()
        vault.recover()
        vault.secrets[AUTH_TOKEN] = "two"
        clock.advance(30)
        assert await secrets.auth_tokens() == ("two",)


async def test_callers_during_a_slow_reading_get_the_cached_tokens() -> None:
    """Only the caller that began it waits."""
    clock = Clock()
    async with one() as vault, reading(vault, clock) as secrets:
        await secrets.auth_tokens()
        hanging = Hanging()
        vault.fail(hanging)
        clock.advance(600)
        waiting = asyncio.create_task(secrets.auth_tokens())
        await hanging.reached.wait()
        assert await secrets.auth_tokens() == ("one",)
        assert not waiting.done()
        waiting.cancel()


async def test_concurrent_callers_without_a_vault_cause_one_request() -> None:
    """Without cached tokens every caller gets the error."""
    async with one() as vault, reading(vault) as secrets:
        vault.fail(answering(403, "Forbidden"))
        answers = await outcomes(secrets, 100)
    assert {type(answer) for answer in answers} == {SecretsUnavailable}
    assert vault.asked[AUTH_TOKEN] == 1


@pytest.mark.parametrize(("seconds", "tries"), [(4, 1), (5, 2)])
async def test_a_failure_is_cached_for_five_seconds(seconds: int, tries: int) -> None:
    """Then the vault is read again; a refresh reads no earlier."""
    clock = Clock()
    async with one() as vault, reading(vault, clock) as secrets:
        vault.fail(answering(403, "Forbidden"))
        await outcomes(secrets, 1)
        clock.advance(seconds)
        with pytest.raises(SecretsUnavailable):
            await secrets.refreshed_auth_tokens()
    assert vault.asked[AUTH_TOKEN] == tries


async def test_a_vault_that_comes_up_late_is_found() -> None:
    """A role that took minutes needs no restart."""
    clock = Clock()
    async with one() as vault, reading(vault, clock) as secrets:
        vault.fail(answering(403, "Forbidden"))
        await outcomes(secrets, 1)
        vault.recover()
        clock.advance(5)
        assert await secrets.auth_tokens() == ("one",)


async def test_every_caller_gets_the_cause() -> None:
    """The SDK's error is the cause of ours."""
    async with one() as vault, reading(vault) as secrets:
        vault.fail(answering(403, "Forbidden"))
        answers = await outcomes(secrets, 2)
    assert [type(answer.__cause__).__name__ for answer in answers if isinstance(answer, SecretsUnavailable)] == [
        "HttpResponseError",
        "HttpResponseError",
    ]


async def test_the_api_keys_secret_and_the_tokens_are_cached_separately() -> None:
    """Webhooks are verified when the API key's secret cannot be read."""
    async with one() as vault, reading(vault) as secrets:
        vault.fail(answering(403, "Forbidden"), API_KEY_SECRET)
        with pytest.raises(SecretsUnavailable, match=API_KEY_SECRET):
            await secrets.api_key_secret()
        assert await secrets.auth_tokens() == ("one",)


async def test_a_check_does_not_use_the_cache() -> None:
    """The health page reports an outage before webhooks are affected."""
    async with one() as vault, reading(vault) as secrets:
        await secrets.auth_tokens()
        await secrets.check()
        vault.fail(answering(403, "Forbidden"))
        with pytest.raises(SecretsUnavailable):
            await secrets.check()
        assert await secrets.auth_tokens() == ("one",)
