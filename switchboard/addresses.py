"""The addresses of people and senders, as Twilio writes them."""

from __future__ import annotations

import re

# https://www.twilio.com/docs/glossary/what-e164
E164 = re.compile(r"\+[1-9][0-9]{6,14}")
CHANNEL_ADDRESS = re.compile(r"whatsapp:\+[1-9][0-9]{6,14}")
MESSAGING_SERVICE = re.compile(r"MG[0-9a-fA-F]{32}")
SHORT_CODE = re.compile(r"[0-9]{3,8}")
SENDER_NAME = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 &+_-]{1,11}")


def is_service(sender: str) -> bool:
    """Returns whether a sender is a messaging service, named by its SID."""
    return MESSAGING_SERVICE.fullmatch(sender) is not None
