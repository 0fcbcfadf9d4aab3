"""The rules of single fields of a command: each as a check, and as the JSON Schema that says the same.

msgspec puts what `described` returns into the schema and checks nothing of it: a check's sentence names the field and
what is expected, msgspec's would show a pattern.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec import Meta

from switchboard.addresses import CHANNEL_ADDRESS, CLIENT, E164, SENDER_NAME, SHORT_CODE, SIP, Address
from switchboard.errors import CommandRefused
from switchboard.settings import Settings
from switchboard.text import IDENTIFIER
from switchboard.twiml import NotTwiml, check_twiml
from switchboard.urls import is_loopback, split_url

LONGEST_BODY = 1600
LONGEST_TWIML = 4000
LONGEST_URL = 2000
MOST_MEDIA = 10
LONGEST_VALIDITY = 36_000
SHORTEST_RING, LONGEST_RING = 5, 600
LOGGED_NAME = r"[A-Za-z_]{1,30}"
MACHINE_DETECTION = ("Enable", "DetectMessageEnd")

LANGUAGE = r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*"
VOICE = r"[A-Za-z0-9._-]{1,80}"
DIGITS = r"[0-9#*wW]{1,32}"
# Spaces, controls and the other white space of Unicode.
NOT_IN_URLS = r"\x00-\x20\x7f-\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
HTTPS = rf"[hH][tT][tT][pP][sS]://[^{NOT_IN_URLS}]+"
WEB = rf"[hH][tT][tT][pP][sS]?://[^{NOT_IN_URLS}]+"
# What XML 1.0 can hold. No JSON text has the surrogates that it excludes too.
SPEAKABLE = r"[^\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]*"
# RFC 3339 with a time zone, from the year 2000; a space in place of the T, and an offset without a colon, are read too.
TIME = (
    r"[2-9][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[Tt ]"
    r"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?([Zz]|[+-]([01][0-9]|2[0-3]):?[0-5][0-9])"
)


def any_of(patterns: Iterable[str]) -> str:
    """Returns a pattern that matches what one of these matches."""
    return "|".join(f"(?:{pattern})" for pattern in patterns)


CALLED = any_of((E164, CLIENT, SIP))
TEXTED = any_of((E164, CHANNEL_ADDRESS))
SENDER = any_of((E164, CHANNEL_ADDRESS, SHORT_CODE, SENDER_NAME))


def described(description: str, pattern: str = "", *, required: bool = False, **keywords: object) -> Meta:
    """Returns the description and the JSON Schema keywords of a field. An empty text is absent, unless required."""
    matching = {"pattern": whole(pattern, required=required)} if pattern else {}
    return Meta(description=description, extra_json_schema=matching | keywords)


def whole(pattern: str, *, required: bool = True) -> str:
    """Returns a pattern for the whole text. `$` alone matches before a line break at the end in some languages."""
    return rf"^(?:{pattern}){'' if required else '?'}$(?!\n)"


def check_pattern(field: str, value: str, pattern: str, expected: str, *, required: bool = False) -> None:
    """Raises CommandRefused unless the value matches. An empty one is absent."""
    if (value or required) and not re.fullmatch(pattern, value):
        raise CommandRefused(f"{field}: not {expected}", value)


def check_range(field: str, value: int | None, least: int, most: int) -> None:
    """Raises CommandRefused for a number of seconds outside the range."""
    if value is not None and not least <= value <= most:
        raise CommandRefused(f"{field}: not {least:,} to {most:,} seconds", str(value))


def check_sid(field: str, value: str, prefix: str) -> None:
    """Raises CommandRefused unless the value is such a SID. An empty one is absent."""
    check_pattern(field, value, sid_of(prefix), f"{prefix} and 32 hex digits")


def sid_of(prefix: str) -> str:
    """Returns the pattern of a SID."""
    return prefix + "[0-9a-fA-F]{32}"


def check_id(value: str) -> None:
    """Raises CommandRefused unless the id can be part of a row key and a URL. An empty one is absent."""
    check_pattern("id", value, IDENTIFIER, "1 to 100 of A-Z a-z 0-9 . _ : -")


def check_texted(to: str) -> None:
    """Raises CommandRefused unless a text can be sent to this address."""
    if ":" in to:
        check_pattern("to", to, CHANNEL_ADDRESS, "a WhatsApp, RCS or Messenger address, as whatsapp:+<number>")
    else:
        check_pattern("to", to, E164, "E.164", required=True)


def check_called(to: str) -> None:
    """Raises CommandRefused unless this address can be called."""
    scheme = to.partition(":")[0]
    if scheme == "client":
        check_pattern("to", to, CLIENT, "client:<identity>")
    elif scheme in ("sip", "sips"):
        check_pattern("to", to, SIP, "sip:<user>@<host>")
    else:
        check_pattern("to", to, E164, "E.164", required=True)


def check_sender(sender: str, to: str) -> None:
    """Raises CommandRefused unless a text can come from this address, by the recipient's channel."""
    check_pattern("from", sender, SENDER, "E.164, a channel address, a short code or a sender name")
    if sender and Address.parse(sender).scheme != Address.parse(to).scheme:
        raise CommandRefused("from: not of the recipient's channel", sender)


def check_destination(to: str, settings: Settings) -> None:
    """Raises CommandRefused for a number outside ALLOWED_DESTINATIONS. `sip:` in it allows SIP addresses.

    A browser client is always allowed: it is the app's own. An address without a number (a WhatsApp user's id,
    Messenger) is in no country of the list.
    """
    address = Address.parse(to)
    if not settings.allowed_destinations or address.scheme == "client":
        return
    destination = "sip:" if address.scheme in ("sip", "sips") else address.user
    if not destination.startswith(settings.allowed_destinations):
        raise CommandRefused("to: not in ALLOWED_DESTINATIONS", to)


def check_url(field: str, url: str, *, loopback: bool = False) -> None:
    """Raises CommandRefused unless the URL is https, or http of this machine where `loopback` allows it."""
    parts = split_url(url)
    is_secure = parts is not None and (
        parts.scheme == "https" or (loopback and url.startswith("http:") and is_loopback(url))
    )
    if not is_secure or len(url) > LONGEST_URL or not re.fullmatch(WEB, url):
        raise CommandRefused(f"{field}: not an https URL of at most {LONGEST_URL:,} characters", url)


def check_document(document: str) -> None:
    """Raises CommandRefused unless the text is TwiML."""
    try:
        check_twiml(document)
    except NotTwiml as error:
        raise CommandRefused(f"twiml: {error}", error.value) from error


def unknown_field(name: str, known: set[str]) -> CommandRefused:
    """Returns the refusal of a field, with the one that was probably meant.

    A name of letters is a program's word, and may be logged. Any other may be a number or a sentence of the sender's.
    """
    if not re.fullmatch(LOGGED_NAME, name):
        return CommandRefused("unknown field", name)
    # A process that refuses nothing does not need it.
    from difflib import get_close_matches

    meant = get_close_matches(name.lower(), sorted(known), 1)
    return CommandRefused(f"{name}: unknown field{f', meant {meant[0]}?' if meant else ''}")
