"""Writing and deleting secrets of Key Vault, by the real SDK and the real protocol."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from ops.errors import OpsError
from ops.vault import Vault
from tests.key_vault_double import answering, dropping
from tests.key_vault_writing import WritableKeyVault

NAME = "twilio-auth-token"
VALUE = "value-of-the-secret"


@asynccontextmanager
async def writing(vault: WritableKeyVault) -> AsyncIterator[Vault]:
    """Yields a client of the vault, and closes it."""
    writer = vault.writer()
    try:
        yield writer
    finally:
        await writer.close()


async def test_a_secret_is_set_and_read_back() -> None:
    """The vault returns the value that was set."""
    async with WritableKeyVault() as vault, writing(vault) as writer:
        await writer.write(NAME, VALUE)
        kept = await writer.read(NAME)
    assert vault.secrets == {NAME: VALUE}
    assert kept is not None
    assert kept.value == VALUE
    assert VALUE not in repr(kept)


async def test_an_absent_or_disabled_secret_is_none() -> None:
    """Neither is an error: a rotation reads secrets that may not exist."""
    async with WritableKeyVault({NAME: VALUE}) as vault, writing(vault) as writer:
        vault.disabled.add(NAME)
        assert await writer.read(NAME) is None
        assert await writer.read("twilio-auth-token-next") is None


async def test_a_secret_is_deleted() -> None:
    """Deleting an absent one is no error."""
    async with WritableKeyVault({NAME: VALUE}) as vault, writing(vault) as writer:
        await writer.delete(NAME)
        await writer.delete(NAME)
    assert vault.secrets == {}
    assert vault.writes == [f"delete {NAME}"]


async def test_a_deleted_secret_is_recovered_before_it_is_set() -> None:
    """The vault keeps its name for days, so every rotation after the first one needs this."""
    async with WritableKeyVault({NAME: "old"}) as vault, writing(vault) as writer:
        await writer.delete(NAME)
        await writer.write(NAME, VALUE)
    assert vault.secrets == {NAME: VALUE}
    assert vault.writes == [f"delete {NAME}", f"recover {NAME}", f"set {NAME}"]


async def test_the_error_of_a_vault_that_refuses_names_the_role() -> None:
    """The sentence does not contain the value."""
    async with WritableKeyVault({NAME: VALUE}) as vault, writing(vault) as writer:
        vault.fail(answering(403, "Forbidden", "ForbiddenByRbac"))
        with pytest.raises(OpsError, match="Key Vault Secrets Officer") as refused:
            await writer.read(NAME)
    assert VALUE not in str(refused.value)


async def test_a_vault_that_does_not_answer_is_an_error() -> None:
    """It names the problem, not the SDK's message."""
    async with WritableKeyVault({NAME: VALUE}) as vault:
        options = {**vault.client_options, "retry_total": 0}
        writer = Vault(vault.url, vault.credential(), client_options=options)
        await writer.read(NAME)
        vault.fail(dropping)
        with pytest.raises(OpsError, match="no connection to the vault"):
            await writer.read(NAME)
        await writer.close()
