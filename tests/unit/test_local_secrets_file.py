"""local.secrets.json as `make run` writes it."""

import stat
from pathlib import Path

import pytest

from local.browser_agents import softphone_lines
from local.errors import LocalError
from local.local_secrets import change_keys, ensure, file_of, keys
from switchboard.client.agent_keys import is_valid
from switchboard.numbers import Numbers
from switchboard.secrets import LOCAL_SECRETS
from tests.numbers_files import numbers


def agents(*names: str) -> Numbers:
    """A file with these agents in the browser, and one with a phone."""
    lines = "\n".join(f'{name} = {{ client = "{name}" }}' for name in names)
    phone = '[agents]\ncarol = { number = "+351210000011", pin = "1357" }\n'
    return numbers(f'{phone}{lines}\n[[numbers]]\nnumber = "*"\nanswer = {{ ring = ["carol"] }}')


def test_the_api_keys_secret_is_made_once(tmp_path: Path) -> None:
    """Only its owner can read the file."""
    path = tmp_path / LOCAL_SECRETS
    first = ensure(path)
    assert len(first.api_key_secret) >= 32
    assert ensure(path) == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_each_agent_with_a_browser_gets_a_key_once(tmp_path: Path) -> None:
    """The terminal shows it; the file has its hash. Keys and secret that are there stay."""
    path = tmp_path / LOCAL_SECRETS
    secret = ensure(path).api_key_secret
    first = softphone_lines("http://127.0.0.1:7071", agents("alice"), path)
    again = softphone_lines("http://127.0.0.1:7071", agents("alice", "bob"), path)
    assert first[0] == "http://127.0.0.1:7071/api/client for calls in the browser: alice"
    shown = first[1].partition("key ")[2].partition(" ")[0]
    assert is_valid(keys(path), "alice", shown)
    assert shown not in path.read_text()
    assert [line.partition(",")[0] for line in again[1:-1]] == ["agent bob"]
    assert again[-1] == "agent alice keeps its key; a new one: ./sb ops agents key alice --local"
    assert ensure(path).api_key_secret == secret


def test_keys_are_changed_together(tmp_path: Path) -> None:
    """A revoked key is gone."""
    path = tmp_path / LOCAL_SECRETS
    softphone_lines("", agents("alice", "bob"), path)
    change_keys(path, lambda known: {name: key for name, key in known.items() if name != "alice"})
    assert list(keys(path)) == ["bob"]


def test_a_file_that_cannot_be_read_is_left_alone(tmp_path: Path) -> None:
    """Nothing is overwritten; the message names the file."""
    path = tmp_path / LOCAL_SECRETS
    path.write_text("{")
    with pytest.raises(LocalError, match=r"local\.secrets\.json: not readable"):
        ensure(path)
    assert path.read_text() == "{"


def test_another_file_can_be_chosen(tmp_path: Path) -> None:
    """For a second stack."""
    assert file_of({"LOCAL_SECRETS_FILE": str(tmp_path / "own.json")}) == tmp_path / "own.json"
    assert file_of({}).name == LOCAL_SECRETS
