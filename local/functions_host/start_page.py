"""The page at `/` of the host: links to what a browser can open, in the look of the other pages."""

from __future__ import annotations

import html
import secrets
from collections.abc import Iterable
from pathlib import Path

from aiohttp import web

LOOK = Path(__file__).parents[2] / "switchboard" / "look.css"
# Paths of the app, with what each is. A path is linked when the app has it.
TWIMLETS = "/api/twimlets"
PAGES = {
    "/api/client": "Softphone: agents take calls in the browser",
    TWIMLETS: "Twimlets: build the URL of one",
    "/api/health": "Health: is the app ready?",
}
# Not where the phone's page leads there: it has the key.
NEEDS_KEY = "; it requires a function key"
NO_ROUTE = "No function has this route and method. GET / lists the pages; the host lists all routes when it starts.\n"


def start_page(paths: Iterable[str], phone_url: str) -> web.Response:
    """Return the page with links to these paths of the app. `phone_url` is the phone's page, "" without one.

    No key is in it: a tunnel shows this page to anybody. The phone's page leads to the Twimlets with the key.
    """
    present = set(paths)
    links = [(path, about) for path, about in PAGES.items() if path in present]
    if phone_url:
        own = [(f"{phone_url}/twimlets" if path == TWIMLETS else path, about) for path, about in links]
        links = [(f"{phone_url}/", "Phone: call and text the app, and see each request"), *own]
    else:
        links = [(path, about + NEEDS_KEY if path == TWIMLETS else about) for path, about in links]
    items = "".join(f"<li>{_link(target, about)}</li>" for target, about in links)
    nonce = secrets.token_urlsafe(16)
    policy = f"default-src 'none'; style-src 'nonce-{nonce}'; img-src data:; base-uri 'none'; frame-ancestors 'none'"
    text = DOCUMENT.format(nonce=nonce, look=LOOK.read_text(encoding="utf-8"), items=items)
    headers = {"Content-Security-Policy": policy, "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return web.Response(text=text, content_type="text/html", charset="utf-8", headers=headers)


def _link(target: str, about: str) -> str:
    name, _, rest = about.partition(":")
    return f'<a href="{html.escape(target)}">{html.escape(name)}</a> <span>{html.escape(rest.strip())}</span>'


DOCUMENT = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Switchboard</title>
<link rel="icon" href="data:,">
<style nonce="{nonce}">
{look}
main {{ max-width: var(--page); margin: 0 auto; padding: 1.5rem var(--gutter) 3rem; }}
ul {{ max-width: 40rem; }}
li {{ display: grid; grid-template-columns: 6.5rem 1fr; gap: .25rem 1rem; padding: .6rem 0; }}
li + li {{ border-top: 1px solid var(--rule); }}
a {{ font-weight: 600; }}
</style>
</head>
<body>
<header class="masthead"><div class="title"><h1>Switchboard</h1>
<p>The app, in the local Functions host. Its functions are below /api.</p></div></header>
<main><ul class="card">{items}</ul></main>
</body>
</html>
"""
