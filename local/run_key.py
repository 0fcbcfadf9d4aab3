"""The key of a run: the local servers' own APIs and FUNCTION-level routes require it. A web page cannot know it."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets

from local.errors import LocalError

KEY_VARIABLE = "LOCAL_KEY"
KEY_BYTES = 24
# Safe in a URL, a header and a page without escaping.
KEY = re.compile(r"[A-Za-z0-9._~-]{1,100}")


def new_key() -> str:
    """Return a random key."""
    return secrets.token_urlsafe(KEY_BYTES)


def chosen_key(given: str | None) -> str:
    """Return the given key, or a random one for None. Raises LocalError for characters that a URL would change."""
    if given is None:
        return new_key()
    if not KEY.fullmatch(given):
        raise LocalError("--key: 1 to 100 letters, digits, '.', '_', '~' or '-' are required")
    return given


def key_line(key: str) -> str:
    """Return the line that shows the key in a terminal, in the columns of `./sb local run`."""
    return f"{'key':<9}  {key}"


def storage_key(key: str) -> str:
    """Return the account key of a run's Azurite, derived from the run's key: the emulator's own key is public."""
    return base64.b64encode(hashlib.sha512(b"azurite:" + key.encode()).digest()).decode()
