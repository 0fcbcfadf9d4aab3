"""The time that an operator's login may take, and the error when it takes longer."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest

from ops.deployment import ACCOUNT_SID, Deployment
from ops.errors import explain
from ops.operator_services import FOR_AN_OPERATOR, LOGIN_SECONDS, OperatorServices
from switchboard.adapters.key_vault import AUTH_TOKEN, WHOLE_SECONDS, KeyVaultSecrets
from switchboard.errors import SecretsUnavailable
from switchboard.settings import KEY_VAULT_URL, PUBLIC_BASE_URL
from tests.key_vault_double import Hanging, KeyVaultDouble, answering

# The default of azure-identity for `az`.
AZURE_CLI_SECONDS = 10


@asynccontextmanager
async def by_an_operator(vault: KeyVaultDouble, seconds: float) -> AsyncIterator[KeyVaultSecrets]:
    """Reads the vault as a command of ops does, with a shorter bound."""
    secrets = KeyVaultSecrets(
        vault.url,
        vault.credential(),
        whole_seconds=seconds,
        advice=FOR_AN_OPERATOR,
        client_options=vault.client_options,
    )
    try:
        yield secrets
    finally:
        await secrets.close()


async def explanation(vault: KeyVaultDouble) -> str:
    """Returns the sentence for an operator when the secrets cannot be read within 0.3 s."""
    async with by_an_operator(vault, 0.3) as secrets:
        with pytest.raises(SecretsUnavailable) as raised:
            await secrets.auth_tokens()
    return explain(raised.value)


async def test_a_slow_login_is_named() -> None:
    """The sentence does not mention the vault's network, which was not used."""
    async with KeyVaultDouble({AUTH_TOKEN: "one"}) as vault:
        vault.identity_failure = Hanging()
        message = await explanation(vault)
    assert "no answer within 0.3 s: your login returned no token" in message
    assert "network rules" not in message


async def test_a_slow_vault_is_named() -> None:
    """The sentence does not mention the login, which succeeded."""
    async with KeyVaultDouble({AUTH_TOKEN: "one"}) as vault:
        vault.fail(Hanging())
        message = await explanation(vault)
    assert "no answer within 0.3 s: the vault did not answer; check its network rules" in message
    assert "login" not in message


async def test_a_slow_vault_is_named_after_a_slow_login() -> None:
    """The second look-up waits for the vault, whatever the first one waited for."""
    async with KeyVaultDouble({AUTH_TOKEN: "one"}) as vault, by_an_operator(vault, 0.3) as secrets:
        vault.identity_failure = Hanging()
        with pytest.raises(SecretsUnavailable, match="your login"):
            await secrets.check()
        vault.identity_failure = None
        vault.fail(Hanging())
        with pytest.raises(SecretsUnavailable, match="the vault did not answer"):
            await secrets.check()


async def test_a_missing_role_is_the_operators() -> None:
    """The sentence does not mention the app's identity."""
    async with KeyVaultDouble({AUTH_TOKEN: "one"}) as vault:
        vault.fail(answering(403, "Forbidden", "ForbiddenByRbac"))
        message = await explanation(vault)
    assert "your login may not read it" in message
    assert "the app" not in message


def test_the_bound_allows_for_azures_command_line() -> None:
    """The app's bound is for a caller on the line, and shorter than azure-identity's for `az`."""
    assert WHOLE_SECONDS < AZURE_CLI_SECONDS < LOGIN_SECONDS


async def test_a_command_uses_that_bound() -> None:
    """For each of Azure's command-line tools, and for a whole look-up, with the advice for operators."""
    environ = {
        ACCOUNT_SID: "AC" + "0" * 32,
        KEY_VAULT_URL: "https://vault.example.com",
        PUBLIC_BASE_URL: "https://app.example.com",
    }
    services = OperatorServices(Deployment(False, environ))
    try:
        login, secrets = cast("Any", services.credential()), cast("Any", services.secrets)
        waits = [each._process_timeout for each in login.credentials if hasattr(each, "_process_timeout")]
        assert waits == [LOGIN_SECONDS] * 3
        assert (secrets._vault._whole_seconds, secrets._vault._advice) == (LOGIN_SECONDS, FOR_AN_OPERATOR)
    finally:
        await services.close()
