"""local.secrets.json: the secrets of this machine, under their names in Key Vault. Git-ignored, for its owner only.

    {"twilio-api-key-secret": "…", "agent-keys": {"alice": {"sha256": "…", "set": "2026-11-28T09:00:00Z"}}}

The stand-in signs and checks tokens by the first; the app reads the file again when it changes.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from local.errors import LocalError
from local.run_file import locked
from local.settings import ROOT
from switchboard.client import agent_keys
from switchboard.client.agent_keys import AgentKey, AgentKeys
from switchboard.clock import timestamp
from switchboard.errors import ConfigurationError
from switchboard.secrets import LOCAL_SECRETS, LocalSecretsFile

# Another file than that of the repository, as for a second stack.
FILE_VARIABLE = "LOCAL_SECRETS_FILE"
SECRET_BYTES = 24


def file_of(environ: Mapping[str, str]) -> Path:
    """Return the path of the file."""
    given = environ.get(FILE_VARIABLE, "")
    return Path(given) if given else ROOT / LOCAL_SECRETS


def ensure(path: Path) -> LocalSecretsFile:
    """Return the file's content, with a random API key secret where it has none. Raises LocalError."""
    with locked(path):
        found = _read(path)
        if not found.api_key_secret:
            found = msgspec.structs.replace(found, api_key_secret=secrets.token_urlsafe(SECRET_BYTES))
            _write(path, found)
    return found


def keys(path: Path) -> AgentKeys:
    """Return the agents' keys in the file. Raises LocalError."""
    try:
        return agent_keys.parse(bytes(_read(path).agent_keys).decode())
    except ConfigurationError as error:
        raise LocalError(f"{path}: {error}") from error


def change_keys(path: Path, change: Callable[[AgentKeys], AgentKeys]) -> None:
    """Replace the agents' keys by what `change` makes of them. Raises LocalError."""
    with locked(path):
        changed = agent_keys.write(change(keys(path)))
        _write(path, msgspec.structs.replace(_read(path), agent_keys=msgspec.Raw(changed.encode())))


def missing_keys(path: Path, agents: Iterable[str]) -> dict[str, str]:
    """Make a key for each of these agents who has none. Returns the new keys by agent; they are kept as hashes only."""
    made: dict[str, str] = {}
    wanted = list(agents)

    def add(known: AgentKeys) -> AgentKeys:
        made.update({name: agent_keys.new_key() for name in wanted if name not in known})
        now = timestamp(datetime.now(UTC))
        return {**known, **{name: AgentKey(agent_keys.hash_of(key), now) for name, key in made.items()}}

    if any(name not in keys(path) for name in wanted):
        change_keys(path, add)
    return made


def _read(path: Path) -> LocalSecretsFile:
    try:
        return msgspec.json.decode(path.read_bytes(), type=LocalSecretsFile)
    except FileNotFoundError:
        return LocalSecretsFile()
    except (OSError, msgspec.MsgspecError) as error:
        raise LocalError(f"{path}: not readable as a JSON object of secrets: repair or delete it") from error


def _write(path: Path, content: LocalSecretsFile) -> None:
    """Write a new file and rename it: the app never reads half of it."""
    new = path.with_name(path.name + ".new")
    try:
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(content), indent=2) + b"\n")
        new.replace(path)
    except OSError as error:
        raise LocalError(f"{path}: cannot be written: {error.strerror}") from error
