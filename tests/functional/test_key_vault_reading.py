"""Secrets read from Key Vault, and its refusals, through the real SDK and the real protocol."""

import json
import logging
import subprocess
import sys
from pathlib import Path

import aiohttp
import pytest

from switchboard.adapters.key_vault import API_KEY_SECRET, AUTH_TOKEN, NEXT_AUTH_TOKEN, KeyVaultSecrets
from switchboard.errors import SecretsUnavailable
from tests.key_vault_double import Failure, Hanging, KeyVaultDouble, answering, answering_text, dropping, reading

ROOT = Path(__file__).parents[2]
VALUES = {AUTH_TOKEN: "value-of-the-first", NEXT_AUTH_TOKEN: "value-of-the-next", API_KEY_SECRET: "value-of-the-key"}
HALF = json.dumps({"value": VALUES[AUTH_TOKEN]})[:-1]
BUILD_ONE = """
import json, sys
from switchboard.adapters.key_vault import KeyVaultSecrets
KeyVaultSecrets("https://vault.example.com", object())
print(json.dumps([name for name in sys.modules if name.startswith(("azure", "aiohttp"))]))
"""


async def failed(vault: KeyVaultDouble) -> str:
    """The message of a reading that must fail."""
    async with reading(vault, whole_seconds=1) as secrets:
        with pytest.raises(SecretsUnavailable) as raised:
            await secrets.auth_tokens()
    return str(raised.value)


async def test_the_first_reading_answers_the_challenge_with_a_token() -> None:
    """One 401 and one token of the managed identity; the second secret needs neither."""
    async with KeyVaultDouble(VALUES) as vault, reading(vault) as secrets:
        await secrets.auth_tokens()
    assert (vault.challenges, len(vault.tokens)) == (1, 1)


async def test_a_user_assigned_identity_is_requested_by_its_client_id() -> None:
    """The identity endpoint gets the credential's client id."""
    async with KeyVaultDouble(VALUES, client_id="id-of-the-app") as vault, reading(vault) as secrets:
        assert await secrets.auth_tokens()


async def test_without_a_next_token_there_is_one_token() -> None:
    """404 for twilio-auth-token-next is normal outside a rotation."""
    async with KeyVaultDouble({AUTH_TOKEN: "one"}) as vault, reading(vault) as secrets:
        assert await secrets.auth_tokens() == ("one",)


async def test_the_next_token_comes_second() -> None:
    """During a rotation either may have signed a webhook."""
    async with KeyVaultDouble({AUTH_TOKEN: "one", NEXT_AUTH_TOKEN: "two"}) as vault, reading(vault) as secrets:
        assert await secrets.auth_tokens() == ("one", "two")


async def test_a_promoted_next_token_is_returned_once() -> None:
    """The same value under both names is one token."""
    async with KeyVaultDouble({AUTH_TOKEN: "two", NEXT_AUTH_TOKEN: "two"}) as vault, reading(vault) as secrets:
        assert await secrets.auth_tokens() == ("two",)


async def test_a_disabled_next_token_is_absent(caplog: pytest.LogCaptureFixture) -> None:
    """Disabling it ends a rotation, without a warning."""
    async with KeyVaultDouble({AUTH_TOKEN: "one", NEXT_AUTH_TOKEN: "two"}) as vault, reading(vault) as secrets:
        vault.disabled.add(NEXT_AUTH_TOKEN)
        assert await secrets.auth_tokens() == ("one",)
    assert "event=" not in caplog.text


async def test_a_next_token_without_permission_is_absent_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    """The first token is used; the log has the missing role."""
    async with KeyVaultDouble(VALUES) as vault, reading(vault) as secrets:
        vault.fail(answering(403, "Forbidden", "ForbiddenByRbac"), NEXT_AUTH_TOKEN)
        assert await secrets.auth_tokens() == (VALUES[AUTH_TOKEN],)
    assert "event=key_vault_secret_withheld" in caplog.text
    assert "Key Vault Secrets User" in caplog.text


async def test_white_space_around_a_secret_is_removed() -> None:
    """It comes from pasting."""
    async with KeyVaultDouble({AUTH_TOKEN: " one\r\n", NEXT_AUTH_TOKEN: " \n"}) as vault, reading(vault) as secrets:
        assert await secrets.auth_tokens() == ("one",)


async def test_the_api_keys_secret_is_read_under_its_own_name() -> None:
    """twilio-api-key-secret, cached like the tokens."""
    async with KeyVaultDouble(VALUES) as vault, reading(vault) as secrets:
        assert [await secrets.api_key_secret() for _ in range(2)] == [VALUES[API_KEY_SECRET]] * 2
    assert vault.asked == {API_KEY_SECRET: 1}


@pytest.mark.parametrize("value", [None, "", " \n"])
async def test_a_missing_or_empty_first_token_is_reported(value: str | None) -> None:
    """With the names of vault and secret."""
    async with KeyVaultDouble({} if value is None else {AUTH_TOKEN: value}) as vault:
        said = await failed(vault)
    assert said.startswith(f"{vault.url.removeprefix('https://')}: {AUTH_TOKEN}: ")
    assert "in the vault" in said


@pytest.mark.parametrize(
    ("failure", "remedy"),
    [
        (answering(403, "Forbidden", "ForbiddenByRbac"), "'Key Vault Secrets User'"),
        (answering(403, "Forbidden", "AccessDenied"), "'Key Vault Secrets User'"),
        (answering(403, "Forbidden"), "'Key Vault Secrets User'"),
        (answering(403, "Forbidden", "ForbiddenByFirewall"), "under Networking"),
        (answering(403, "Forbidden", "ForbiddenByConnection"), "private endpoint"),
        (answering(403, "Forbidden", "SecretDisabled"), "enable it"),
        (answering(401, "Unauthorized"), "AZURE_CLIENT_ID"),
        (answering(429, "Throttled"), "throttles requests"),
        (answering(503, "ServiceUnavailable"), "answered 503"),
        (answering_text(502, "<html>", "text/html"), "answered 502"),
        (answering_text(200, "<html>", "text/html"), "check KEY_VAULT_URL"),
        (answering_text(200, "[]"), "check KEY_VAULT_URL"),
        (answering_text(200, "null"), "check KEY_VAULT_URL"),
        (answering_text(200, '{"value": 3, "id": 4}'), "check KEY_VAULT_URL"),
        (answering_text(403, '{"error": {"code": "x", "innererror": "y"}}'), "'Key Vault Secrets User'"),
        (answering_text(200, "{}"), "empty"),
        (answering(400, "BadParameter"), "answered 400"),
        (dropping, "not reached"),
        (Hanging(), "no answer within 1 s"),
    ],
)
async def test_a_refusal_has_a_remedy(failure: Failure, remedy: str) -> None:
    """One sentence of ours for each reason."""
    async with KeyVaultDouble(VALUES) as vault:
        vault.fail(failure)
        assert remedy in await failed(vault)


async def test_an_unreachable_vault_is_reported() -> None:
    """The connection is refused."""
    async with KeyVaultDouble(VALUES) as gone, KeyVaultDouble(VALUES) as vault:
        await gone.__aexit__()
        vault.url = gone.url
        assert "not reached" in await failed(vault)


async def test_an_untrusted_certificate_is_an_unreachable_vault() -> None:
    """TLS is verified."""
    async with KeyVaultDouble(VALUES) as other, KeyVaultDouble(VALUES) as vault:
        vault.ca_file = other.ca_file
        assert "not reached" in await failed(vault)


async def test_an_unknown_identity_is_reported() -> None:
    """No token from the identity endpoint: the message names the setting."""
    async with KeyVaultDouble(VALUES) as vault:
        vault.identity_environment["IDENTITY_HEADER"] = "wrong"
        assert "AZURE_CLIENT_ID" in await failed(vault)


async def test_a_host_that_is_no_vault_gets_no_token() -> None:
    """Without the double's option the SDK compares the challenge's resource with the host, and stops."""
    async with KeyVaultDouble(VALUES) as vault:
        options = {"connection_verify": vault.ca_file}
        secrets = KeyVaultSecrets(vault.url, vault.credential(), client_options=options)
        with pytest.raises(SecretsUnavailable, match="check KEY_VAULT_URL"):
            await secrets.check()
        await secrets.close()
    assert not vault.tokens


async def test_no_secret_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Neither by us at DEBUG nor by the SDK at INFO, with and without failures."""
    caplog.set_level(logging.DEBUG, "switchboard")
    caplog.set_level(logging.INFO)
    async with KeyVaultDouble(VALUES) as vault, reading(vault, whole_seconds=1) as secrets:
        await secrets.auth_tokens()
        await secrets.api_key_secret()
        vault.fail(answering_text(200, HALF))
        await secrets.refreshed_auth_tokens()
    assert "event=key_vault_unavailable" in caplog.text
    assert not [value for value in (*VALUES.values(), *vault.tokens) if value in caplog.text]


@pytest.mark.parametrize("content_type", ["application/json", "text/plain"])
async def test_the_error_of_a_truncated_answer_has_no_secret(content_type: str) -> None:
    """Neither our message nor its causes quote the answer."""
    async with KeyVaultDouble(VALUES) as vault, reading(vault) as secrets:
        vault.fail(answering_text(200, HALF, content_type))
        with pytest.raises(SecretsUnavailable) as raised:
            await secrets.auth_tokens()
    assert raised.value.__cause__ is None
    assert VALUES[AUTH_TOKEN] not in str(raised.value)


def test_building_the_adapter_loads_no_azure_package() -> None:
    """A cold start loads them only when a secret is read."""
    done = subprocess.run([sys.executable, "-c", BUILD_ONE], cwd=ROOT, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []


async def test_the_identity_endpoint_needs_its_header() -> None:
    """The double answers 401 as App Service's endpoint does."""
    async with KeyVaultDouble() as vault, aiohttp.ClientSession() as session:
        query = {"api-version": "2019-08-01", "resource": "https://vault.azure.net"}
        async with session.get(vault.identity_environment["IDENTITY_ENDPOINT"], params=query) as answer:
            assert answer.status == 401
