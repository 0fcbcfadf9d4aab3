"""The addresses of people and senders, as Twilio writes them."""

from __future__ import annotations

import re

# https://www.twilio.com/docs/glossary/what-e164
E164 = re.compile(r"\+[1-9][0-9]{6,14}")
# WhatsApp names people without a number by country and id (US.…), RCS senders by an agent's name, Messenger by ids.
CHANNEL_ADDRESS = re.compile(
    r"whatsapp:(?:\+[1-9][0-9]{6,14}|[A-Z]{2}\.[A-Za-z0-9]{1,128})"
    r"|rcs:(?:\+[1-9][0-9]{6,14}|[A-Za-z][A-Za-z0-9_.-]{0,127})"
    r"|messenger:[A-Za-z0-9_.-]{1,128}"
)
CHANNELS = ("whatsapp", "rcs", "messenger")
# https://www.twilio.com/docs/voice/api/call-resource#create-a-call-resource
CLIENT = re.compile(r"client:[^\x00-\x20\x7f-\xa0]{1,121}")
SIP = re.compile(r"sip:[^\x00-\x20\x7f-\xa0@]{1,128}@[^\x00-\x20\x7f-\xa0@]{1,120}")
MESSAGING_SERVICE = re.compile(r"MG[0-9a-fA-F]{32}")
SHORT_CODE = re.compile(r"[0-9]{3,8}")
SENDER_NAME = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 &+_-]{1,11}")


def is_service(sender: str) -> bool:
    """Returns whether a sender is a messaging service, named by its SID."""
    return MESSAGING_SERVICE.fullmatch(sender) is not None


def channel_of(address: str) -> str:
    """Returns the channel of an address, "" for a number, a short code or a name.

    >>> channel_of("whatsapp:+15005550006"), channel_of("+15005550006")
    ('whatsapp', '')
    """
    prefix, colon, _ = address.partition(":")
    return prefix if colon else ""
