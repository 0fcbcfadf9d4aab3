"""The secrets of a developer's machine."""

import os
from pathlib import Path

import pytest

from switchboard.errors import ConfigurationError
from switchboard.secrets import LOCAL_SECRETS, LocalSecrets

FILE = '{"twilio-api-key-secret": "one", "agent-keys": {"alice": "00"}}'


def write(file: Path, text: str) -> None:
    """Writes the file, with a time of its own."""
    file.write_text(text)
    os.utime(file, ns=(0, hash(text) % 10**18))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the file is."""
    return tmp_path / LOCAL_SECRETS


async def test_without_the_file_there_is_only_the_token(file: Path) -> None:
    """The API key's secret is missing, with what to do."""
    secrets = LocalSecrets("token", file)
    assert (await secrets.auth_tokens(), await secrets.agent_keys()) == (("token",), "")
    with pytest.raises(ConfigurationError, match="`make run` creates it"):
        await secrets.api_key_secret()


async def test_health_misses_the_secret_of_an_api_key(file: Path) -> None:
    """Only where there is an API key."""
    await LocalSecrets("token", file).check()
    with pytest.raises(ConfigurationError, match="TWILIO_API_KEY_SID"):
        await LocalSecrets("token", file, with_api_key=True).check()
    write(file, FILE)
    await LocalSecrets("token", file, with_api_key=True).check()


async def test_the_file_is_read_again_when_it_changes(file: Path) -> None:
    """A key that `ops agents` makes is valid at once."""
    write(file, FILE)
    secrets = LocalSecrets("token", file)
    assert (await secrets.api_key_secret(), await secrets.agent_keys()) == ("one", '{"alice": "00"}')
    write(file, FILE.replace("alice", "bob"))
    assert await secrets.agent_keys() == '{"bob": "00"}'


@pytest.mark.parametrize("text", ["", "[]", '{"twilio-api-key-secret": 1}'])
async def test_a_file_that_cannot_be_read_is_named(file: Path, text: str) -> None:
    """Without its content."""
    write(file, text)
    with pytest.raises(ConfigurationError, match=f"^{LOCAL_SECRETS}: not readable"):
        await LocalSecrets("token", file).agent_keys()
