"""`ops agents`: keys of agents in the browser, in a vault and in the local file."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pytest

from ops import agents
from ops.agent_key_store import LocalKeys, VaultKeys
from ops.errors import OpsError
from ops.vault import Secret, Vault
from switchboard.client import agent_keys
from switchboard.client.agent_keys import AgentKey, AgentKeys
from tests.ops_context import FakeCommandContext

FILE = """
[agents]
alice = { client = "alice" }
carol = { number = "+351210000011", pin = "1357" }
[[numbers]]
number = "+351210000001"
answer = { ring = ["alice"] }
"""
BOB = AgentKey(agent_keys.hash_of("the key of bob"), "2026-11-01T09:00:00.000Z")


class FakeVault:
    """One secret. `others` are written by somebody else, one after each of our writes."""

    def __init__(self, text: str = "", *others: str) -> None:
        self.text = text
        self.others = list(others)
        self.writes = 0

    async def read(self, name: str) -> Secret | None:
        """The secret, None when it was never written."""
        assert name == "agent-keys"
        return Secret(self.text, datetime.now(UTC)) if self.text else None

    async def write(self, name: str, value: str) -> None:
        """Sets it, and lets somebody else set it."""
        assert name == "agent-keys"
        self.writes += 1
        self.text = self.others.pop(0) if self.others else value


def in_vault(vault: FakeVault) -> VaultKeys:
    """The keys in a vault."""
    return VaultKeys(cast("Vault", vault), settle_seconds=0)


def add(known: AgentKeys) -> AgentKeys:
    """Adds bob's key."""
    return {**known, "bob": BOB}


def has_bob(known: AgentKeys) -> bool:
    """Whether bob's key is there."""
    return known.get("bob") == BOB


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A numbers.toml."""
    path = tmp_path / "numbers.toml"
    path.write_text(FILE)
    return path


@pytest.fixture
def context(tmp_path: Path) -> FakeCommandContext:
    """A command's context, whose keys are in a file."""
    found = FakeCommandContext()
    found.fakes.agent_keys = LocalKeys(tmp_path / "local.secrets.json")
    return found


async def test_a_key_is_shown_once_and_kept_as_a_hash(context: FakeCommandContext, file: Path, tmp_path: Path) -> None:
    """With the time that it was set."""
    await agents.key(context, "alice", file)
    (shown,) = context.fake_terminal.answers
    assert isinstance(shown, dict)
    known = await context.fakes.agent_keys.read()
    assert agent_keys.is_valid(known, "alice", shown["key"])
    assert shown["page"] == "https://voice.example.com/api/client"
    assert shown["key"] not in (tmp_path / "local.secrets.json").read_text()
    await agents.keys(context)
    assert context.fake_terminal.answers[-1] == [{"agent": "alice", "set": known["alice"].set_at}]
    assert not context.fake_terminal.questions


async def test_a_key_is_replaced_after_a_question(context: FakeCommandContext, file: Path) -> None:
    """The old one is no longer valid."""
    await agents.key(context, "alice", file)
    first = await context.fakes.agent_keys.read()
    await agents.key(context, "alice", file)
    assert context.fake_terminal.questions == ["alice has a key, which will no longer be valid. Replace it?"]
    assert (await context.fakes.agent_keys.read())["alice"] != first["alice"]


@pytest.mark.parametrize(
    ("name", "problem"), [("carol", "carol has no client: write"), ("nobody", "it has alice, carol")]
)
async def test_a_name_whose_key_would_open_nothing_is_refused(
    context: FakeCommandContext, file: Path, name: str, problem: str
) -> None:
    """An agent without a browser, and no agent at all."""
    with pytest.raises(OpsError, match=problem):
        await agents.key(context, name, file)
    assert await context.fakes.agent_keys.read() == {}


async def test_a_key_is_revoked(context: FakeCommandContext, file: Path) -> None:
    """Also that of an agent who is no longer in the file. A second time there is none."""
    await context.fakes.agent_keys.change(add, has_bob)
    await agents.key(context, "alice", file)
    await agents.revoke(context, "bob")
    assert list(await context.fakes.agent_keys.read()) == ["alice"]
    with pytest.raises(OpsError, match="bob has no key"):
        await agents.revoke(context, "bob")


async def test_a_vault_without_the_secret_has_no_keys() -> None:
    """The first key makes it."""
    vault = FakeVault()
    keys = in_vault(vault)
    assert await keys.read() == {}
    await keys.change(add, has_bob)
    assert (await keys.read(), vault.writes) == ({"bob": BOB}, 1)


async def test_what_another_operator_overwrote_is_written_again() -> None:
    """Both keys are there afterwards."""
    alice = AgentKey("00")
    vault = FakeVault("", agent_keys.write({"alice": alice}))
    await in_vault(vault).change(add, has_bob)
    assert (await in_vault(vault).read(), vault.writes) == ({"alice": alice, "bob": BOB}, 2)


async def test_a_fight_for_the_secret_ends() -> None:
    """With what to do."""
    with pytest.raises(OpsError, match="run the command again"):
        await in_vault(FakeVault("", *["{}"] * 9)).change(add, has_bob)


async def test_keys_that_cannot_be_read_are_not_overwritten() -> None:
    """Somebody has to look."""
    vault = FakeVault("{")
    with pytest.raises(OpsError, match="agent-keys: not JSON"):
        await in_vault(vault).change(add, has_bob)
    assert (vault.text, vault.writes) == ("{", 0)
