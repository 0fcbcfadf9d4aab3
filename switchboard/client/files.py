"""The page's files: a fixed table, so that no request names a path."""

from __future__ import annotations

from pathlib import Path

import msgspec

SDK = Path(__file__).with_name("sdk") / "twilio.min.js"


class ClientFile(msgspec.Struct, frozen=True):
    """A file as it is served."""

    body: bytes
    mimetype: str
    headers: dict[str, str]


def find(name: str, region: str) -> ClientFile | None:
    """Returns a file of the page, "" for the page itself; None for any other name."""
    if name == "twilio.min.js" and SDK.exists():
        return ClientFile(SDK.read_bytes(), "text/javascript", {})
    return None
