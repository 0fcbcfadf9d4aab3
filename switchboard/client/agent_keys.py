"""The keys of agents: random texts whose SHA-256 is in the vault's secret `agent-keys`, by the agent's name.

A key has 256 random bits, so its plain hash does not reveal it, and guessing does not find it.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping

import msgspec

from switchboard.errors import ConfigurationError

KEY_BYTES = 32
# Where there is no key to compare with, the comparison takes as long.
_NO_HASH = "0" * 64


class AgentKey(msgspec.Struct, frozen=True, omit_defaults=True):
    """A key as it is kept: `sha256` in hex, and when it was set, RFC 3339 in UTC, "" where that is not known."""

    sha256: str
    set_at: str = msgspec.field(default="", name="set")

    def __repr__(self) -> str:
        """Leaves the hash out."""
        return "AgentKey(...)"


AgentKeys = Mapping[str, AgentKey]


def new_key() -> str:
    """Returns a random key, in letters that can be copied and typed."""
    return secrets.token_urlsafe(KEY_BYTES)


def hash_of(key: str) -> str:
    """Returns the hash that is kept of a key."""
    return hashlib.sha256(key.encode(errors="replace")).hexdigest()


def parse(text: str) -> AgentKeys:
    """Reads the secret, whose values are objects or, written by hand, hashes alone. Raises ConfigurationError."""
    try:
        found = msgspec.json.decode(text or "{}", type=dict[str, AgentKey | str])
    except msgspec.MsgspecError as error:
        # Not the parser's own words: they may quote a hash.
        raise ConfigurationError(
            'agent-keys: not JSON of the form {"<agent>": {"sha256": "<hex>"}}; delete the secret, and make new keys '
            "by `./sb ops agents key`"
        ) from error
    return {name: AgentKey(key) if isinstance(key, str) else key for name, key in found.items()}


def write(keys: AgentKeys) -> str:
    """Returns the secret's text."""
    return msgspec.json.encode(dict(sorted(keys.items()))).decode()


def is_valid(keys: AgentKeys, agent: str, key: str) -> bool:
    """Returns whether this is the agent's key. Takes the same time for an agent without one."""
    kept = keys.get(agent)
    known = kept.sha256.lower() if kept else _NO_HASH
    return hmac.compare_digest(hash_of(key).encode(), known.encode()) and kept is not None
