"""Commands: the JSON that senders put on `sms-outbox` and `call-outbox`.

A command that breaks a rule raises CommandRefused, whose `reason` names the field. What depends on the clock or on the
settings is checked separately (`check_when_taken`), because a message may wait on its queue.
"""

from __future__ import annotations

import base64
import binascii
import re
from datetime import datetime, timedelta
from typing import TypeVar

import msgspec

from switchboard import twiml
from switchboard.addresses import CHANNEL_ADDRESS, CLIENT, E164, SENDER_NAME, SHORT_CODE, SIP, Address, is_service
from switchboard.errors import CommandRefused
from switchboard.queues import CALL_OUTBOX, SMS_OUTBOX
from switchboard.settings import Settings
from switchboard.text import IDENTIFIER
from switchboard.twiml import NOT_XML, NotTwiml, check_twiml
from switchboard.urls import is_loopback, split_url

MACHINE_DETECTION = frozenset({"Enable", "DetectMessageEnd"})
LONGEST_BODY = 1600
LONGEST_TWIML = 4000
LONGEST_URL = 2000
MOST_MEDIA = 10
SOONEST = timedelta(minutes=15)
LATEST = timedelta(days=35)


class SendSms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A text to send, with at least one of `body`, `media_urls` and `content_sid`. Without a sender: the settings' own.

    `send_at` is 15 minutes to 35 days ahead and needs a messaging service; `validity_period` is in seconds.
    """

    to: str
    id: str = ""
    body: str = ""
    media_urls: tuple[str, ...] = ()
    content_sid: str = ""
    content_variables: dict[str, str] = {}
    sender: str = msgspec.field(default="", name="from")
    messaging_service_sid: str = ""
    send_at: datetime | None = None
    validity_period: int | None = None

    def __post_init__(self) -> None:
        _check_id(self.id)
        _check_recipient(self.to)
        _check_sender(self.sender, self.to)
        _check_sid("messaging_service_sid", self.messaging_service_sid, "MG")
        self._check_content()
        if self.sender and self.messaging_service_sid:
            raise CommandRefused("from: give it or messaging_service_sid, not both")
        if self.validity_period is not None and not 1 <= self.validity_period <= 36_000:
            raise CommandRefused("validity_period: not 1 to 36,000 seconds", str(self.validity_period))
        if self.send_at is not None and self.send_at.tzinfo is None:
            raise CommandRefused("send_at: not RFC 3339: no time zone", self.send_at.isoformat())
        if (
            self.send_at is not None and self.send_at.year < 2000
        ):  # subtracting from it could leave the range of datetime
            raise CommandRefused("send_at: not 15 minutes to 35 days ahead", self.send_at.isoformat())

    def _check_content(self) -> None:
        if not (self.body or self.media_urls or self.content_sid):
            raise CommandRefused("body: required, unless media_urls or content_sid is given")
        if len(self.body) > LONGEST_BODY:
            raise CommandRefused(f"body: {len(self.body):,} characters, {LONGEST_BODY:,} at most")
        if len(self.media_urls) > MOST_MEDIA:
            raise CommandRefused(f"media_urls: {len(self.media_urls)} of them, {MOST_MEDIA} at most")
        for url in self.media_urls:
            _check_url("media_urls", url)
        _check_sid("content_sid", self.content_sid, "HX")
        if self.content_variables and not self.content_sid:
            raise CommandRefused("content_variables: only with content_sid")

    @property
    def has_own_sender(self) -> bool:
        """Whether the command names its sender."""
        return bool(self.sender or self.messaging_service_sid)

    def sender_in(self, settings: Settings) -> str:
        """Returns the sender: a number, a name, or a messaging service (`MG…`); "" when there is none.

        The settings' messaging service goes before their number, because it chooses among its own numbers.
        """
        if self.has_own_sender:
            return self.sender or self.messaging_service_sid
        if settings.messaging_service_sid or not settings.sender:
            return settings.messaging_service_sid
        channel = "whatsapp:" if self.to.startswith("whatsapp:") else ""
        return channel + settings.sender.removeprefix("whatsapp:")

    def check_when_taken(self, settings: Settings, now: datetime) -> None:
        """Raises CommandRefused for what the settings or the clock do not allow now."""
        _check_destination(self.to, settings)
        if not self.sender_in(settings):
            raise CommandRefused("from: required, because neither TWILIO_FROM nor TWILIO_MESSAGING_SERVICE_SID is set")
        if self.send_at is None:
            return
        if not is_service(self.sender_in(settings)):
            raise CommandRefused("send_at: needs a messaging service; give messaging_service_sid")
        if not SOONEST <= self.send_at - now <= LATEST:
            raise CommandRefused("send_at: not 15 minutes to 35 days ahead", self.send_at.isoformat())


class PlaceCall(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A call to place, with exactly one of `say` (spoken), `url` (answers TwiML) and `twiml`.

    `to` is a number, a browser client or a SIP address. `timeout` is how many seconds it rings.
    """

    to: str
    id: str = ""
    sender: str = msgspec.field(default="", name="from")
    say: str = ""
    url: str = ""
    twiml: str = ""
    language: str = ""
    voice: str = ""
    timeout: int | None = None
    record: bool = False
    machine_detection: str = ""
    send_digits: str = ""

    def __post_init__(self) -> None:
        _check_id(self.id)
        _check_callee(self.to)
        _check_pattern("from", self.sender, E164.pattern, "E.164")
        if [bool(self.say), bool(self.url), bool(self.twiml)].count(True) != 1:
            raise CommandRefused("say, url, twiml: exactly one of them")
        if (self.language or self.voice) and not self.say:
            raise CommandRefused("language, voice: only with say")
        _check_pattern("language", self.language, r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", "a BCP 47 tag, as pt-PT")
        _check_pattern("voice", self.voice, r"[A-Za-z0-9._-]{1,80}", "a voice's name, as Polly.Ines")
        if self.url:
            _check_url("url", self.url, loopback=True)
        self._check_document()
        if self.machine_detection and self.machine_detection not in MACHINE_DETECTION:
            raise CommandRefused("machine_detection: invalid enum value", self.machine_detection)
        if self.timeout is not None and not 5 <= self.timeout <= 600:
            raise CommandRefused("timeout: not 5 to 600 seconds", str(self.timeout))
        _check_pattern("send_digits", self.send_digits, r"[0-9#*wW]{1,32}", "up to 32 of 0-9 # * w W")

    def _check_document(self) -> None:
        if len(self.document()) > LONGEST_TWIML:
            field = "say" if self.say else "twiml"
            raise CommandRefused(f"{field}: {len(self.document()):,} characters of TwiML, {LONGEST_TWIML:,} at most")
        if self.twiml:
            _check_twiml(self.twiml)
        if unspeakable := NOT_XML.search(self.say):
            raise CommandRefused(f"say: TwiML cannot hold the character U+{ord(unspeakable[0]):04X}")

    def document(self) -> str:
        """Returns the TwiML of this call, from `twiml` or `say`, as UTF-8; "" when a URL answers it."""
        return twiml.say(self.say, self.language, self.voice) if self.say else twiml.as_utf8(self.twiml)

    @property
    def has_own_sender(self) -> bool:
        """Whether the command names its sender."""
        return bool(self.sender)

    def sender_in(self, settings: Settings) -> str:
        """Returns the number that calls; "" when there is none."""
        return self.sender or settings.sender

    def check_when_taken(self, settings: Settings, now: datetime) -> None:
        """Raises CommandRefused for what the settings do not allow now."""
        _check_destination(self.to, settings)
        if not (self.sender or E164.fullmatch(settings.sender)):
            raise CommandRefused("from: required, because TWILIO_FROM is not set to a phone number")
        if self.url.startswith("http://") and not settings.local:
            raise CommandRefused("url: not https", self.url)


Command = SendSms | PlaceCall
C = TypeVar("C", bound=SendSms | PlaceCall)
COMMAND_TYPES: dict[str, type[SendSms] | type[PlaceCall]] = {SMS_OUTBOX: SendSms, CALL_OUTBOX: PlaceCall}


def read_json(body: bytes) -> object:
    """Returns the JSON value of a queue message. A body that is not JSON is read as base64 of JSON.

    Many clients encode so, because it is Azure Functions' default. Raises CommandRefused.
    """
    for candidate in (body, _from_base64(body)):
        try:
            return msgspec.json.decode(candidate)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue
    raise CommandRefused("the message is not JSON, nor base64 of JSON")


def parse(kind: type[C], value: object) -> C:
    """Returns the command of a JSON value. Raises CommandRefused, which names the field."""
    known = {field.encode_name for field in msgspec.structs.fields(kind)}
    for name in value if isinstance(value, dict) else ():
        if name not in known:
            raise CommandRefused("unknown field", name)
    try:
        return msgspec.convert(value, kind, strict=True)
    except msgspec.ValidationError as error:
        raise _explain(error) from error


def id_of(value: object) -> str:
    """Returns the `id` of a message, whether or not the rest is a valid command; "" when there is none."""
    given = value.get("id") if isinstance(value, dict) else None
    return given if isinstance(given, str) and IDENTIFIER.fullmatch(given) else ""


def _explain(error: msgspec.ValidationError) -> CommandRefused:
    """Returns msgspec's message in our form, with the field first.

    It quotes nothing of the sender's: unknown fields and enum values are refused before msgspec reads them.
    """
    if isinstance(error.__cause__, CommandRefused):
        return error.__cause__
    sentence, _, path = str(error).partition(" - at `$")
    if name := re.search(r"required field `([^`]*)`", sentence):
        return CommandRefused(f"{name[1]}: required")
    field = path.strip("`.").partition("[")[0] or "the message"
    problem = sentence.replace("`", "")
    return CommandRefused(f"{field}: {problem[0].lower()}{problem[1:]}")


def _from_base64(body: bytes) -> bytes:
    try:
        return base64.b64decode(body.strip(), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _check_pattern(field: str, value: str, pattern: str, expected: str, *, required: bool = False) -> None:
    if (value or required) and not re.fullmatch(pattern, value):
        raise CommandRefused(f"{field}: not {expected}", value)


def _check_sid(field: str, value: str, prefix: str) -> None:
    _check_pattern(field, value, prefix + r"[0-9a-fA-F]{32}", f"{prefix} and 32 hex digits")


def _check_id(value: str) -> None:
    _check_pattern("id", value, IDENTIFIER.pattern, "1 to 100 of A-Z a-z 0-9 . _ : -")


def _check_recipient(to: str) -> None:
    if ":" in to:
        _check_pattern("to", to, CHANNEL_ADDRESS.pattern, "whatsapp:+<number>")
    else:
        _check_pattern("to", to, E164.pattern, "E.164", required=True)


def _check_callee(to: str) -> None:
    scheme = to.partition(":")[0]
    if scheme == "client":
        _check_pattern("to", to, CLIENT.pattern, "client:<identity>")
    elif scheme in ("sip", "sips"):
        _check_pattern("to", to, SIP.pattern, "sip:<user>@<host>")
    else:
        _check_pattern("to", to, E164.pattern, "E.164", required=True)


def _check_sender(sender: str, to: str) -> None:
    known = (E164, CHANNEL_ADDRESS, SHORT_CODE, SENDER_NAME)
    if sender and not any(pattern.fullmatch(sender) for pattern in known):
        raise CommandRefused("from: not E.164, whatsapp:+<number>, a short code or a sender name", sender)
    if sender and sender.startswith("whatsapp:") != to.startswith("whatsapp:"):
        raise CommandRefused("from: not of the recipient's channel", sender)


def _check_destination(to: str, settings: Settings) -> None:
    """Checks the country of a number, and whether SIP addresses are allowed. Our own browser clients always are."""
    address = Address.parse(to)
    if not settings.allowed_destinations or address.scheme == "client":
        return
    destination = "sip:" if address.scheme in ("sip", "sips") else address.user
    if not destination.startswith(settings.allowed_destinations):
        raise CommandRefused("to: not in ALLOWED_DESTINATIONS", to)


def _check_url(field: str, url: str, *, loopback: bool = False) -> None:
    parts = split_url(url)
    is_secure = parts is not None and (
        parts.scheme == "https" or (loopback and url.startswith("http:") and is_loopback(url))
    )
    if not is_secure or len(url) > LONGEST_URL or re.search(r"[\s\x00-\x1f]", url):
        raise CommandRefused(f"{field}: not an https URL of at most {LONGEST_URL:,} characters", url)


def _check_twiml(document: str) -> None:
    try:
        check_twiml(document)
    except NotTwiml as error:
        raise CommandRefused(f"twiml: {error}", error.value) from error
