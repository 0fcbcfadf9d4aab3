"""The files of the softphone page, from a fixed table: a name that is not in it never reaches the file system.

`GET client` is the page (name ""), `GET client/<name>` a file beside it: the modules, styles, sentences and sounds, and
Twilio's SDK where `make client` has put it.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from switchboard.client import sounds
from switchboard.settings import EDGES

_FOLDER = Path(__file__).parent
_PAGE = _FOLDER / "page"
# The look of all pages.
_LOOK = _FOLDER.parent / "look.css"
SDK = _FOLDER / "sdk" / "twilio.min.js"

_MIMETYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}

# Twilio's public edges. "roaming" connects to the nearest one, and the SDK then reconnects to that one by its own name.
_EDGES = ("ashburn", "dublin", "frankfurt", "sao-paulo", "singapore", "sydney", "tokyo", "umatilla")


@dataclass(frozen=True)
class ClientFile:
    """One answer: the body, its media type, and the other response headers."""

    body: bytes
    mimetype: str
    headers: dict[str, str]


def find(name: str, region: str, sdk: Path = SDK) -> ClientFile | None:
    """Returns the page (name "") or a file of it; None when there is none. `region` is Twilio's, as `ie1`, or ""."""
    if name == "":
        return ClientFile((_PAGE / "index.html").read_bytes(), "text/html", _page_headers(region))
    found = _read(name, sdk)
    if found is None:
        return None
    body, mimetype = found
    return ClientFile(body, mimetype, _file_headers(body))


def is_current(file: ClientFile, if_none_match: str | None) -> bool:
    """Says whether the browser's copy, by its If-None-Match header, is this file: then the answer is 304."""
    tag = file.headers.get("ETag")
    known = [each.strip().removeprefix("W/") for each in (if_none_match or "").split(",")]
    return tag is not None and tag in known


def signalling_hosts(region: str) -> tuple[str, ...]:
    """Returns the hosts that the SDK connects to in this region, as sources of a Content-Security-Policy.

    Without a region it connects to the nearest edge, so any of them.
    """
    edges = (EDGES[region],) if region in EDGES else ("roaming", *_EDGES)
    return tuple(f"wss://voice-js.{edge}.twilio.com" for edge in edges)


def names() -> frozenset[str]:
    """Returns the names of all files in the table; the SDK's is in it whether or not the SDK is there."""
    return frozenset({*_page_files(), *sounds.NAMES, SDK.name})


def _read(name: str, sdk: Path) -> tuple[bytes, str] | None:
    """Returns the body and media type of a file of the table."""
    if name in sounds.NAMES:
        return sounds.wav(name), "audio/wav"
    path = sdk if name == SDK.name else _page_files().get(name)
    if path is None or not path.is_file():
        return None
    return path.read_bytes(), _MIMETYPES[path.suffix]


@functools.cache
def _page_files() -> Mapping[str, Path]:
    """The table: read once from the folder, so that a request's name is only ever a key."""
    return {path.name: path for path in (_LOOK, *_PAGE.iterdir()) if path.suffix in _MIMETYPES}


def _page_headers(region: str) -> dict[str, str]:
    """Only files of this origin run; only the page's own origin and Twilio's signalling are connected to."""
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self' mediastream:; "
        f"connect-src 'self' {' '.join(signalling_hosts(region))}; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return {
        "Content-Security-Policy": policy,
        "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }


def _file_headers(body: bytes) -> dict[str, str]:
    """The browser keeps the file and asks each time: after an upgrade no old module meets a new one."""
    return {
        "Cache-Control": "no-cache",
        "ETag": f'"{hashlib.sha256(body).hexdigest()[:32]}"',
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
