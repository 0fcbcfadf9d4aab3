"""Commands: the JSON that senders put on `sms-outbox` and `call-outbox`.

A command that breaks a rule raises CommandRefused, whose `reason` names the field. What depends on the clock or on the
settings is checked separately (`check_when_taken`), because a message may wait on its queue. The rules between fields
are in schemas/ too: local/schemas/commands.py says them in JSON Schema.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta

from switchboard import command_rules as rules
from switchboard import twiml
from switchboard.addresses import E164, Address, is_service
from switchboard.command_rules import described
from switchboard.errors import CommandRefused
from switchboard.queues import CALL_OUTBOX, SMS_OUTBOX
from switchboard.settings import Settings
from switchboard.text import IDENTIFIER, NOT_XML

SOONEST = timedelta(minutes=15)
LATEST = timedelta(days=35)
# Up to here a float of JSON is exactly the whole number that it spells.
EXACT = 2**53

Id = Annotated[
    str,
    described(
        "your own key of this command: the same id never goes to the same recipient twice; absent: the queue message's",
        IDENTIFIER,
    ),
]


class SendSms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A text to send, with at least one of `body`, `media_urls` and `content_sid`. Without a sender: the settings' own.

    `rcs:` and `messenger:` addresses need `from` or a messaging service.
    """

    to: Annotated[
        str,
        described(
            "the recipient: E.164, or a channel address: `whatsapp:+…`, `whatsapp:US.…`, `rcs:+…`, `messenger:…`",
            rules.TEXTED,
            required=True,
        ),
    ]
    id: Id = ""
    body: Annotated[str, described("the text, 1 to 1,600 characters", maxLength=rules.LONGEST_BODY)] = ""
    media_urls: Annotated[
        tuple[Annotated[str, described("an https URL", rules.HTTPS, required=True, maxLength=rules.LONGEST_URL)], ...],
        described("pictures and files: https URLs", maxItems=rules.MOST_MEDIA),
    ] = ()
    content_sid: Annotated[str, described("a template, `HX…`", rules.sid_of("HX"))] = ""
    content_variables: Annotated[
        dict[str, str],
        described("the template's variables: an object of strings or numbers, or its JSON text"),
    ] = {}
    sender: Annotated[
        str, described("the sender: E.164, a channel address, a short code or a sender name", rules.SENDER)
    ] = msgspec.field(default="", name="from")
    messaging_service_sid: Annotated[
        str, described("the messaging service that sends, `MG…`; in place of `from`", rules.sid_of("MG"))
    ] = ""
    send_at: Annotated[
        Annotated[datetime, Meta(tz=True)] | None,
        described(
            "RFC 3339 with a time zone, 15 minutes to 35 days ahead; needs a messaging service",
            rules.TIME,
            required=True,
        ),
    ] = None
    validity_period: Annotated[
        int | None,
        described("how long Twilio may try, in seconds", minimum=1, maximum=rules.LONGEST_VALIDITY),
    ] = None

    def __post_init__(self) -> None:
        rules.check_id(self.id)
        rules.check_texted(self.to)
        rules.check_sender(self.sender, self.to)
        rules.check_sid("messaging_service_sid", self.messaging_service_sid, "MG")
        self._check_content()
        if self.sender and self.messaging_service_sid:
            raise CommandRefused("from: give it or messaging_service_sid, not both")
        rules.check_range("validity_period", self.validity_period, 1, rules.LONGEST_VALIDITY)
        # Subtracting from an earlier time could leave the range of datetime.
        if self.send_at is not None and self.send_at.year < 2000:
            raise CommandRefused("send_at: not 15 minutes to 35 days ahead", self.send_at.isoformat())

    def _check_content(self) -> None:
        if not (self.body or self.media_urls or self.content_sid):
            raise CommandRefused("body: required, unless media_urls or content_sid is given")
        if len(self.body) > rules.LONGEST_BODY:
            raise CommandRefused(f"body: {len(self.body):,} characters, {rules.LONGEST_BODY:,} at most")
        if len(self.media_urls) > rules.MOST_MEDIA:
            raise CommandRefused(f"media_urls: {len(self.media_urls)} of them, {rules.MOST_MEDIA} at most")
        for url in self.media_urls:
            rules.check_url("media_urls", url)
        rules.check_sid("content_sid", self.content_sid, "HX")
        if self.content_variables and not self.content_sid:
            raise CommandRefused("content_variables: only with content_sid")

    @property
    def has_own_sender(self) -> bool:
        """Whether the command names its sender."""
        return bool(self.sender or self.messaging_service_sid)

    def sender_in(self, settings: Settings) -> str:
        """Returns the sender: a number, a name, or a messaging service (`MG…`); "" when there is none.

        The settings' messaging service goes before their number, because it chooses among its own numbers. The number
        sends texts and WhatsApp messages only.
        """
        if self.has_own_sender:
            return self.sender or self.messaging_service_sid
        if settings.messaging_service_sid or not settings.sender:
            return settings.messaging_service_sid
        channel = Address.parse(self.to).scheme
        if channel not in ("", "whatsapp"):
            return ""
        return ("whatsapp:" if channel else "") + settings.sender.removeprefix("whatsapp:")

    def check_when_taken(self, settings: Settings, now: datetime) -> None:
        """Raises CommandRefused for what the settings or the clock do not allow now."""
        rules.check_destination(self.to, settings)
        if not self.sender_in(settings):
            raise CommandRefused(f"from: required, because {self._missing_setting(settings)}")
        if self.send_at is None:
            return
        if not is_service(self.sender_in(settings)):
            raise CommandRefused("send_at: needs a messaging service; give messaging_service_sid")
        if not SOONEST <= self.send_at - now <= LATEST:
            raise CommandRefused("send_at: not 15 minutes to 35 days ahead", self.send_at.isoformat())

    def _missing_setting(self, settings: Settings) -> str:
        if settings.sender:
            return (
                f"{Address.parse(self.to).scheme}: takes no sender from TWILIO_FROM, "
                "and TWILIO_MESSAGING_SERVICE_SID is not set"
            )
        return "neither TWILIO_FROM nor TWILIO_MESSAGING_SERVICE_SID is set"


class PlaceCall(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A call to place, with exactly one of `say`, `url` and `twiml`."""

    to: Annotated[
        str, described("who is called: E.164, `client:<identity>` or `sip:<user>@<host>`", rules.CALLED, required=True)
    ]
    id: Id = ""
    sender: Annotated[str, described("the number that calls, E.164; absent: `TWILIO_FROM`", E164)] = msgspec.field(
        default="", name="from"
    )
    say: Annotated[
        str, described("a sentence to speak; Twilio takes 4,000 characters of TwiML", rules.SPEAKABLE, maxLength=4000)
    ] = ""
    url: Annotated[str, described("an https URL that answers TwiML", rules.WEB, maxLength=rules.LONGEST_URL)] = ""
    twiml: Annotated[str, described("TwiML, at most 4,000 characters", maxLength=rules.LONGEST_TWIML)] = ""
    language: Annotated[str, described("a BCP 47 tag, as `pt-PT`; with `say`", rules.LANGUAGE)] = ""
    voice: Annotated[str, described("a voice's name, as `Polly.Ines`; with `say`", rules.VOICE)] = ""
    timeout: Annotated[
        int | None,
        described(
            "how many seconds it rings; Twilio's own default is 60",
            minimum=rules.SHORTEST_RING,
            maximum=rules.LONGEST_RING,
        ),
    ] = None
    record: Annotated[bool, described("records the call; `switchboard.recording.status` has the URL")] = False
    machine_detection: Annotated[
        str,
        described(
            "detects answering machines; `answered_by` of `switchboard.call.status` has the result",
            enum=["", *rules.MACHINE_DETECTION],
        ),
    ] = ""
    send_digits: Annotated[
        str, described("keys to press once it is answered: up to 32 of `0-9 # * w W`", rules.DIGITS)
    ] = ""
    validity_period: Annotated[
        int | None,
        described(
            "how long the call may be tried, in seconds; absent: a day", minimum=1, maximum=rules.LONGEST_VALIDITY
        ),
    ] = None

    def __post_init__(self) -> None:
        rules.check_id(self.id)
        rules.check_called(self.to)
        rules.check_pattern("from", self.sender, E164, "E.164")
        if [bool(self.say), bool(self.url), bool(self.twiml)].count(True) != 1:
            raise CommandRefused("say, url, twiml: exactly one of them")
        if (self.language or self.voice) and not self.say:
            raise CommandRefused("language, voice: only with say")
        rules.check_pattern("language", self.language, rules.LANGUAGE, "a BCP 47 tag, as pt-PT")
        rules.check_pattern("voice", self.voice, rules.VOICE, "a voice's name, as Polly.Ines")
        if self.url:
            rules.check_url("url", self.url, loopback=True)
        self._check_document()
        if self.machine_detection and self.machine_detection not in rules.MACHINE_DETECTION:
            raise CommandRefused("machine_detection: invalid enum value", self.machine_detection)
        rules.check_range("timeout", self.timeout, rules.SHORTEST_RING, rules.LONGEST_RING)
        rules.check_pattern("send_digits", self.send_digits, rules.DIGITS, "up to 32 of 0-9 # * w W")
        rules.check_range("validity_period", self.validity_period, 1, rules.LONGEST_VALIDITY)

    def _check_document(self) -> None:
        length = len(self.document())
        if length > rules.LONGEST_TWIML:
            field = "say" if self.say else "twiml"
            raise CommandRefused(f"{field}: {length:,} characters of TwiML, {rules.LONGEST_TWIML:,} at most")
        if self.twiml:
            rules.check_document(self.twiml)
        if unspeakable := re.search(NOT_XML, self.say):
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
        rules.check_destination(self.to, settings)
        if not (self.sender or re.fullmatch(E164, settings.sender)):
            raise CommandRefused("from: required, because TWILIO_FROM is not set to a phone number")
        if self.url.startswith("http://") and not settings.local:
            raise CommandRefused("url: not https", self.url)


Command = SendSms | PlaceCall
C = TypeVar("C", bound=SendSms | PlaceCall)
COMMAND_TYPES: dict[str, type[SendSms] | type[PlaceCall]] = {SMS_OUTBOX: SendSms, CALL_OUTBOX: PlaceCall}


def parse(kind: type[C], value: object) -> C:
    """Returns the command of a JSON value. `null` is absent. Raises CommandRefused, which names the field."""
    for name in value if isinstance(value, dict) else ():
        # msgspec.structs.fields would evaluate every annotation again, for each message.
        if name not in kind.__struct_encode_fields__:
            raise rules.unknown_field(name, set(kind.__struct_encode_fields__))
    try:
        return msgspec.convert(_normal(value) if isinstance(value, dict) else value, kind, strict=True)
    except msgspec.ValidationError as error:
        raise _explain(error) from error


def canonical(command: Command, value: object) -> bytes:
    """Returns the JSON that a command's fingerprint is taken of: what its sender gave, in the order of the fields.

    `value` is the JSON value that the command was read from. Fields that it does not give are left out, and so are
    empty ones: neither a new field nor a new default changes the result. It is a command itself, the same one.
    """
    given = value if isinstance(value, dict) else {}
    present: dict[str, object] = {}
    for json_name, name in zip(command.__struct_encode_fields__, command.__struct_fields__, strict=True):
        each = getattr(command, name)
        if json_name in given and each:
            present[json_name] = dict(sorted(each.items())) if isinstance(each, dict) else each
    return msgspec.json.encode(present)


def id_of(value: object) -> str:
    """Returns the `id` of a message, whether or not the rest is a valid command; "" when there is none."""
    given = value.get("id") if isinstance(value, dict) else None
    return given if isinstance(given, str) and re.fullmatch(IDENTIFIER, given) else ""


def _normal(value: dict[str, object]) -> dict[str, object]:
    """Returns the fields as the structs have them: without nulls, whole numbers as int, variables as strings."""
    given = {name: _whole(each) for name, each in value.items() if each is not None}
    if "content_variables" in given:
        given["content_variables"] = _variables(given["content_variables"])
    return given


def _whole(value: object) -> object:
    """Returns 5 for 5.0: JSON has one kind of number, and some clients write all of them with a point."""
    if isinstance(value, float) and value.is_integer() and abs(value) < EXACT:
        return int(value)
    return value


def _variables(value: object) -> object:
    """Returns a template's variables as strings, from an object or from JSON text of one."""
    if isinstance(value, str):
        try:
            value = msgspec.json.decode(value) if value else {}
        except (msgspec.DecodeError, RecursionError):
            raise CommandRefused("content_variables: not an object, nor JSON text of one") from None
    if not isinstance(value, dict):
        raise CommandRefused("content_variables: not an object, nor JSON text of one")
    return {name: _spelled(each) for name, each in value.items()}


def _spelled(value: object) -> object:
    """Returns a number as its JSON text."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return msgspec.json.encode(_whole(value)).decode() if is_number else value


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
