"""Sends the webhooks of a recorded session again, and compares the app's answers with the recorded ones."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

from local.twilio.faults import Faults
from local.twilio.options import StandInOptions, now
from local.twilio.session import Session, SessionError
from local.twilio.twiml.document import indent
from local.twilio.webhooks import Webhook, Webhooks
from local.twilio.wire import Entry, Wire

NO_ACCOUNT = "AC" + "0" * 32
# Without retries: they would hide a failed answer.
ONCE = "#rc=0"
NOT_CONNECTED = "ct"

Recorded = Mapping[str, object]


async def replay(path: Path, app_url: str, auth_token: str, say: Callable[[str], None], *, public_url: str = "") -> int:
    """Send each webhook of the file again, in order, with a new signature for `public_url` (absent: `app_url`).

    Logs a line for each and the differences, and returns the number of different answers. Times and SIDs in answers
    count too: an app whose answers contain them differs each time. Raises SessionError.
    """
    session = Session.from_json(await asyncio.to_thread(_read, path))
    recorded = [entry for entry in session.entries if entry.get("direction") == "webhook"]
    if not recorded:
        raise SessionError("no webhook was recorded: there is nothing to send again")
    options = StandInOptions(
        account_sid=NO_ACCOUNT, auth_token=auth_token, app_url=app_url, public_url=public_url or app_url
    )
    wire = Wire(now)
    webhooks = Webhooks(options, wire, Faults())
    try:
        differing = 0
        for before in recorded:
            answer = await webhooks.send(_again(before, options.public_origin))
            if answer.failure == NOT_CONNECTED:
                raise SessionError(f"the app is not running at {app_url}: start it with `make run`")
            after = wire.since(0)[-1]
            differing += _compare(before, after, say)
    finally:
        await webhooks.close()
    say(f"{len(recorded)} webhooks sent again, {differing} answered differently")
    return differing


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError as error:
        raise SessionError(f"{path}: cannot be read: {error.strerror}") from error


def _again(before: Recorded, origin: str) -> Webhook:
    parameters = before.get("parameters")
    if not isinstance(parameters, dict) or not isinstance(before.get("path"), str):
        raise SessionError(f"entry {before.get('n')}: path and parameters are wanted")
    method = str(before.get("method", "POST"))
    target = urlsplit(cast("str", before["path"]))
    # A GET's parameters are part of its recorded path already.
    form = {} if method == "GET" else {str(name): str(value) for name, value in parameters.items()}
    query = f"?{target.query}" if target.query else ""
    return Webhook(
        url=f"{origin}{target.path}{query}{ONCE}", method=method, parameters=form, summary=str(before.get("summary"))
    )


def _compare(before: Recorded, after: Entry, say: Callable[[str], None]) -> bool:
    """Log the comparison of two answers: True when they differ."""
    same = (before.get("status"), before.get("response")) == (after.status, after.response)
    outcome = after.status or after.response
    was = "as recorded" if same else f"recorded {before.get('status') or 'no answer'}"
    say(f"{after.method} {after.path}  {outcome}, {after.milliseconds} ms, {was}")
    if not same and after.response != before.get("response"):
        for mark, text in (("-", str(before.get("response", ""))), ("+", after.response)):
            for line in indent(text).splitlines():
                say(f"    {mark} {line}")
    return not same
