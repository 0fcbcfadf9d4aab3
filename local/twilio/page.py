"""What a browser sees at the stand-in's address: what there is to try."""

from __future__ import annotations

from html import escape

from local.twilio.options import StandInOptions

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Twilio's stand-in</title>
<style>
:root {{ color-scheme: light dark }}
body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem }}
pre {{ overflow-x: auto; padding: .75rem; border: 1px solid }}
</style>
<main>
<h1>Twilio's stand-in</h1>
<p>It plays Twilio for the app at <code>{app}</code>: account <code>{account}</code>, number <code>{number}</code>.
Nothing here leaves this machine.</p>
<h2>Be somebody out there</h2>
<pre>python -m local text --from +15005550006 "hello"
python -m local call --from +15005550006 --press 1</pre>
<h2>See what happened</h2>
<ul>
<li><a href="/standin/wire">The wire</a>: every request, both ways</li>
<li><a href="/standin/messages">Texts</a></li>
<li><a href="/standin/calls">Calls</a></li>
</ul>
<h2>Use it as Twilio</h2>
<pre>from twilio.rest import Client

client = Client("{account}", "…")
client.api.base_url = "{url}"
client.messages.create(to="+15005550006", from_="{number}", body="Hello world.")</pre>
</main>
</html>
"""


def render(options: StandInOptions, url: str) -> str:
    """The page, for this stand-in."""
    return PAGE.format(
        app=escape(options.app_url),
        account=escape(options.account_sid),
        number=escape(options.number),
        url=escape(url),
    )
