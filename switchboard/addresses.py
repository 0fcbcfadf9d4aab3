"""The addresses of callers, recipients and senders, as Twilio writes them.

An address has a scheme ("" for a plain number or name), a user part and, in SIP, a host. Phone numbers are compared
with phone numbers only: digits in the name of a browser client or in a host name are no number.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable

import msgspec

# https://www.twilio.com/docs/glossary/what-e164
E164 = r"\+[1-9][0-9]{6,14}"
# WhatsApp names people without a number by country and id (US.…), RCS senders by an agent's name, Messenger by ids.
CHANNEL_ADDRESS = (
    r"whatsapp:(?:\+[1-9][0-9]{6,14}|[A-Z]{2}\.[A-Za-z0-9]{1,128})"
    r"|rcs:(?:\+[1-9][0-9]{6,14}|[A-Za-z][A-Za-z0-9_.-]{0,127})"
    r"|messenger:[A-Za-z0-9_.-]{1,128}"
)
CHANNELS = ("whatsapp", "rcs", "messenger")
# An identity, and parameters for the client: https://www.twilio.com/docs/voice/twiml/client
CLIENT = r"client:[!->@-~]{1,121}(\?[!-~]{1,800})?"
# https://www.twilio.com/docs/voice/api/call-resource#create-a-call-resource
SIP = r"sips?:[!-?A-~]{1,255}@[!-?A-~]{1,800}"
MESSAGING_SERVICE = r"MG[0-9a-fA-F]{32}"
SHORT_CODE = r"[0-9]{3,8}"
SENDER_NAME = r"(?=.*[A-Za-z])[A-Za-z0-9 &+_-]{1,11}"

# In a list of callers: everybody who withholds the number.
ANONYMOUS = "anonymous"
# What carriers send for a withheld number: a word, or the keys of a telephone that spell it.
# https://www.twilio.com/docs/voice/twiml#request-parameters
_WITHHELD = frozenset({"anonymous", "restricted", "unavailable", "blocked", "unknown", "private"})
_WITHHELD_KEYS = frozenset({"266696687", "7378742833", "86282452253", "2562533", "8656696"})

# The channels whose addresses hold the phone number that the channel has verified.
_NUMBER_SCHEMES = frozenset({"", "whatsapp", "rcs"})
_AS_WRITTEN = r"\+?(?=\D*[0-9])[0-9 ().\u00a0\u2011/-]+"
# Twilio's own SIP domains, with or without a region. Another host can claim any user part.
_TWILIO_SIP_HOST = r"[a-z0-9-]+\.sip(\.[a-z0-9-]+)?\.twilio\.com"
_SIP = r"(?:(?P<user>[^@]*)@)?(?P<host>\[[^\]]*\]|[^:;?]*)"
# The country codes of two digits; 1 and 7 have one, all others three. ITU-T E.164, annex of assigned codes.
_TWO_DIGITS = r"2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]"


class Address(msgspec.Struct, frozen=True):
    """The parts of an address. `scheme` and `host` are in lower case, "" where there is none."""

    scheme: str
    user: str
    host: str = ""

    @classmethod
    def parse(cls, text: str) -> Address:
        """Returns the parts of any text; one without a scheme is a user part as a whole.

        >>> Address.parse("sip:alice@pbx.example.com:5061;transport=tls")
        Address(scheme='sip', user='alice', host='pbx.example.com')
        >>> Address.parse("+14155550123")
        Address(scheme='', user='+14155550123', host='')
        """
        scheme, colon, rest = text.strip().partition(":")
        if not colon or not scheme.isalpha():
            return cls("", text.strip())
        scheme = scheme.lower()
        if scheme in ("sip", "sips"):
            found = re.match(_SIP, rest)
            user, host = (found["user"] or "", found["host"]) if found else ("", "")
            return cls(scheme, re.split("[:;]", user)[0], host.lower())
        return cls("" if scheme == "tel" else scheme, rest.partition("?")[0])

    @property
    def is_withheld(self) -> bool:
        """Whether this stands in for a number that the caller withholds."""
        if self.scheme not in ("", "sip", "sips"):
            return False
        user = self.user.lower()
        return user in _WITHHELD or user.removeprefix("+") in _WITHHELD_KEYS or not (user or self.host)

    @property
    def number(self) -> str:
        """The phone number as it is written, "" for an address without one.

        A SIP address has one at a SIP domain of Twilio's only.
        """
        has_number = self.scheme in _NUMBER_SCHEMES or re.fullmatch(_TWILIO_SIP_HOST, self.host)
        return self.user if has_number and not self.is_withheld and re.fullmatch(_AS_WRITTEN, self.user) else ""

    @property
    def name(self) -> str:
        """The name of a browser client or SIP user, as words to speak; "" without letters, and for a number."""
        if self.scheme not in ("client", "sip", "sips") or self.is_withheld or not re.search(r"[^\W\d_]", self.user):
            return ""
        return " ".join(re.findall(r"[^\W_]+", self.user))


def is_service(sender: str) -> bool:
    """Returns whether a sender is a messaging service, named by its SID."""
    return re.fullmatch(MESSAGING_SERVICE, sender) is not None


def is_dialable(address: str) -> bool:
    """Returns whether an address is a phone number in E.164: one can be called, texted, and shown as a caller ID.

    >>> is_dialable("+14155550123"), is_dialable("+266696687"), is_dialable("client:alice"), is_dialable("")
    (True, False, False, False)
    """
    return re.fullmatch(E164, address) is not None and not Address.parse(address).is_withheld


def caller_id_for(caller: str, called: str, configured: str = "") -> str:
    """Returns the number that a dialled phone may show: the caller's own, else the configured, else the called one.

    "" when none of them is dialable. Twilio refuses a Dial with any other caller ID (13214).
    https://www.twilio.com/docs/api/errors/13214
    """
    return next((each for each in (caller, configured, called) if is_dialable(each)), "")


def dial_caller_id(caller: str, called: str, configured: str = "") -> str | None:
    """Returns the `callerId` of a Dial; None where Twilio passes on the caller's own number by itself."""
    return None if is_dialable(caller) else caller_id_for(caller, called, configured) or None


def is_listed(address: str, listed: Iterable[str]) -> bool:
    """Returns whether a list of callers has this address: as a number, whole, or by the word `anonymous`."""
    is_withheld = Address.parse(address).is_withheld
    return any(same_number(address, each) or (is_withheld and each.strip().lower() == ANONYMOUS) for each in listed)


def same_number(one: str, other: str) -> bool:
    """Returns whether two addresses are one phone: compares numbers with and without country code.

    An address without a number equals only itself, whole.

    >>> same_number("+14155550123", "(415) 555-0123"), same_number("+442079460000", "020 7946 0000")
    (True, True)
    >>> same_number("+14155550123", "+3514155550123"), same_number("client:4155550123", "4155550123")
    (False, False)
    """
    first, second = _number_of(one), _number_of(other)
    if not (first and second):
        return _is_same_whole(Address.parse(one), Address.parse(other))
    return (
        national_digits(first) == national_digits(second) or _is_national(first, second) or _is_national(second, first)
    )


def national_digits(number: str) -> str:
    """Returns the digits, without the leading 1 of a North American number.

    >>> national_digits("+1 (415) 555-0123"), national_digits("+351211234567")
    ('4155550123', '351211234567')
    """
    digits = _digits(number)
    return digits[1:] if len(digits) == 11 and digits[0] == "1" else digits


# A text is compared with each number of the team's.
@functools.lru_cache(maxsize=256)
def _number_of(text: str) -> str:
    return Address.parse(text).number


def _is_same_whole(one: Address, other: Address) -> bool:
    if not one.scheme and not other.scheme:
        return one.user != "" and one.user.lower() == other.user.lower()
    return one == other


def _is_national(number: str, other: str) -> bool:
    """Returns whether `other`, without country code, is `number` without its own."""
    is_bare = number.startswith("+") and not other.startswith("+")
    return is_bare and _without_country(number) == national_digits(other).lstrip("0")


def _without_country(number: str) -> str:
    digits = _digits(number)
    if digits[0] in "17":
        return digits[1:]
    return digits[2:] if re.match(_TWO_DIGITS, digits) else digits[3:]


def _digits(number: str) -> str:
    return re.sub(r"[^0-9]", "", number)
