"""Secrets put into Key Vault and taken out of it, through the real SDK and the real protocol."""

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
    """What is tested, closed at the end with its credential."""
    writer = vault.writer()
    try:
        yield writer
    finally:
        await writer.close()


async def test_a_secret_is_set_and_read_back() -> None:
    """The vault has it, and gives it back."""
    async with WritableKeyVault() as vault, writing(vault) as writer:
        await writer.write(NAME, VALUE)
        kept = await writer.read(NAME)
    assert vault.secrets == {NAME: VALUE}
    assert kept is not None
    assert kept.value == VALUE
    assert VALUE not in repr(kept)


async def test_what_is_absent_or_disabled_is_none() -> None:
    """Neither is an error: a rotation asks for what may not be there."""
    async with WritableKeyVault({NAME: VALUE}) as vault, writing(vault) as writer:
        vault.disabled.add(NAME)
        assert await writer.read(NAME) is None
        assert await writer.read("twilio-auth-token-next") is None


async def test_a_secret_is_deleted() -> None:
    """And what was not there stays so."""
    async with WritableKeyVault({NAME: VALUE}) as vault, writing(vault) as writer:
        await writer.delete(NAME)
        await writer.delete(NAME)
    assert vault.secrets == {}
    assert vault.writes == [f"delete {NAME}"]


async def test_a_secret_that_was_deleted_is_recovered_to_be_set() -> None:
    """The vault keeps its name for days, so each rotation after the first meets this."""
    async with WritableKeyVault({NAME: "old"}) as vault, writing(vault) as writer:
        await writer.delete(NAME)
        await writer.write(NAME, VALUE)
    assert vault.secrets == {NAME: VALUE}
    assert vault.writes == [f"delete {NAME}", f"recover {NAME}", f"set {NAME}"]


async def test_a_vault_that_refuses_says_which_role_is_wanted() -> None:
    """In a sentence without the value."""
    async with WritableKeyVault({NAME: VALUE}) as vault, writing(vault) as writer:
        vault.fail(answering(403, "Forbidden", "ForbiddenByRbac"))
        with pytest.raises(OpsError, match="Key Vault Secrets Officer") as refused:
            await writer.read(NAME)
    assert VALUE not in str(refused.value)


async def test_a_vault_that_does_not_answer_is_told() -> None:
    """As not reached."""
    async with WritableKeyVault({NAME: VALUE}) as vault:
        options = {**vault.client_options, "retry_total": 0}
        writer = Vault(vault.url, vault.credential(), client_options=options)
        await writer.read(NAME)
        vault.fail(dropping)
        with pytest.raises(OpsError, match="was not reached"):
            await writer.read(NAME)
        await writer.close()
