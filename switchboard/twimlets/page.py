"""The page that builds a Twimlet's URL: one document, with its style and script inside, that asks no other host."""

from __future__ import annotations

import functools
import secrets
from pathlib import Path

import msgspec

from switchboard.twimlets import TWIMLETS

_TEMPLATE = Path(__file__).with_name("page.html")


class Page(msgspec.Struct, frozen=True):
    """A document and the headers it is to be served with."""

    html: str
    headers: dict[str, str]


def render(origin: str) -> Page:
    """The page, for Twimlets whose public origin is this one. Only its own script may run, which asks nobody."""
    nonce = secrets.token_urlsafe(16)
    policy = (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; img-src data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    html = _template().replace("{nonce}", nonce).replace("{told}", _told(origin))
    headers = {
        "Content-Security-Policy": policy,
        # The page's own URL may hold the function key.
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Page(html, headers)


def _told(origin: str) -> str:
    """What the script is told, as JSON that may stand inside a script element."""
    described = [{"name": each.name, "about": each.about, "fields": each.fields} for each in TWIMLETS.values()]
    told = msgspec.json.encode({"origin": origin, "twimlets": described}).decode()
    return told.replace("<", "\\u003c")


@functools.cache
def _template() -> str:
    return _TEMPLATE.read_text(encoding="utf-8")
