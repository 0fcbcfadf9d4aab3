"""URLs: whether a text is one, and those that Switchboard gives to Twilio."""

from __future__ import annotations

from urllib.parse import SplitResult, quote, urlencode, urlsplit

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})

# Twilio's connection overrides: three retries after any failure of ours. A fragment is not part of what Twilio signs.
# https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
RETRY_FRAGMENT = "#rc=3&rp=all"


def split_url(text: str) -> SplitResult | None:
    """Returns the parts of a URL that has a host and a valid port, None for anything else."""
    try:
        parts = urlsplit(text)
        return parts if parts.hostname and parts.port != 0 else None
    except ValueError:
        return None


def is_loopback(text: str) -> bool:
    """Returns whether a URL's host is this machine."""
    parts = split_url(text)
    return parts is not None and parts.hostname in LOOPBACK_HOSTS


def status_url(base_url: str, path: str) -> str:
    """Returns the absolute URL of a status callback, `path` below `/api/status/`, with Twilio's retries asked for."""
    return f"{base_url}/api/status/{path}{RETRY_FRAGMENT}"


def voicemail_callback(*parameters: tuple[str, str]) -> str:
    """Returns the URL of a voicemail's recording and transcription callbacks, relative to a voice or Twimlet route.

    `parameters` travel in the signed URL to `voicemail.received`: never a phone number.
    """
    pairs = [("kind", "voicemail"), *parameters]
    return f"../status/recording?{urlencode(pairs, quote_via=quote, safe='')}{RETRY_FRAGMENT}"
