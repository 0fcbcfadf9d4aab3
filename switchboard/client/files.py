"""The page's files: a fixed table, so that no request names a path."""

from __future__ import annotations

from pathlib import Path

import msgspec

from switchboard.settings import EDGES

SDK = Path(__file__).with_name("sdk") / "twilio.min.js"

PAGE = "<!doctype html><title>Switchboard</title>"


class ClientFile(msgspec.Struct, frozen=True):
    """A file as it is served."""

    body: bytes
    mimetype: str
    headers: dict[str, str]


def find(name: str, region: str) -> ClientFile | None:
    """Returns a file of the page, "" for the page itself; None for any other name."""
    if name == "twilio.min.js" and SDK.exists():
        return ClientFile(SDK.read_bytes(), "text/javascript", {})
    if name == "":
        connects = f"'self' wss://voice-js.{EDGES.get(region, 'roaming')}.twilio.com"
        policy = f"default-src 'none'; script-src 'self'; style-src 'self'; connect-src {connects}"
        return ClientFile(PAGE.encode(), "text/html", {"Content-Security-Policy": policy})
    return None
