"""The page that builds a Twimlet's URL: one document with its style and script, which makes no request."""

from __future__ import annotations

import functools
import secrets
from pathlib import Path

import msgspec

from switchboard.twimlets import TWIMLETS

_TEMPLATE = Path(__file__).with_name("page.html")


class Page(msgspec.Struct, frozen=True):
    """An HTML document and its response headers."""

    html: str
    headers: dict[str, str]


def render(origin: str) -> Page:
    """Returns the page for Twimlets of this public origin. Only its own script may run."""
    nonce = secrets.token_urlsafe(16)
    policy = (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; img-src data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    html = _template().replace("{nonce}", nonce).replace("{data}", _data(origin))
    headers = {
        "Content-Security-Policy": policy,
        # The page's own URL may hold the function key.
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Page(html, headers)


def _data(origin: str) -> str:
    """Returns the data of the script, as JSON that is safe inside a script element."""
    twimlets = [{"name": each.name, "about": each.about, "fields": each.fields} for each in TWIMLETS.values()]
    data = msgspec.json.encode({"origin": origin, "twimlets": twimlets}).decode()
    return data.replace("<", "\\u003c")


@functools.cache
def _template() -> str:
    return _TEMPLATE.read_text(encoding="utf-8")
