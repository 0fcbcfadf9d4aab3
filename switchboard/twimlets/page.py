"""The page that builds a Twimlet's URL: one document with its style and script, which makes no request."""

from __future__ import annotations

import functools
import html
import secrets
from pathlib import Path

import msgspec

from switchboard.twimlets import TWIMLETS

_TEMPLATE = Path(__file__).with_name("page.html")
# The tokens of all pages. They are part of the document: the page makes no request.
_LOOK = Path(__file__).parents[1] / "look.css"

# Beside this page, whatever is in front of both.
_SOFTPHONE = "client"


class Page(msgspec.Struct, frozen=True):
    """An HTML document and its response headers."""

    html: str
    headers: dict[str, str]


def render(origin: str, phone_url: str = "") -> Page:
    """Returns the page for Twimlets of this public origin. Only its own script may run.

    `phone_url` is the phone page of a developer's machine, which the page then links.
    """
    nonce = secrets.token_urlsafe(16)
    policy = (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; img-src data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    phone = f'<a href="{html.escape(phone_url)}">Phone</a> ' if phone_url else ""
    document = _template().replace("{nonce}", nonce).replace("{phone}", phone).replace("{data}", _data(origin))
    headers = {
        "Content-Security-Policy": policy,
        # The page's own URL may hold the function key.
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Page(document, headers)


def _data(origin: str) -> str:
    """Returns the data of the script, as JSON that is safe inside a script element."""
    twimlets = [{"name": each.name, "about": each.about, "fields": each.fields} for each in TWIMLETS.values()]
    data = msgspec.json.encode({"origin": origin, "twimlets": twimlets}).decode()
    return data.replace("<", "\\u003c")


@functools.cache
def _template() -> str:
    template = _TEMPLATE.read_text(encoding="utf-8").replace("{softphone}", _SOFTPHONE)
    return template.replace("{look}", _LOOK.read_text(encoding="utf-8"))
