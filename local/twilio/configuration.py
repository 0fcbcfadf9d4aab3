"""The configuration at Twilio: the URLs of the account's numbers, TwiML apps and messaging services."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field

from local.twilio.options import StandInOptions
from switchboard.urls import RETRY_FRAGMENT

NUMBER_URLS = ("VoiceUrl", "VoiceFallbackUrl", "SmsUrl", "SmsFallbackUrl", "StatusCallback")
NUMBER_METHODS = ("VoiceMethod", "VoiceFallbackMethod", "SmsMethod", "SmsFallbackMethod", "StatusCallbackMethod")
NUMBER_SIDS = ("VoiceApplicationSid", "SmsApplicationSid", "TrunkSid")
SERVICE_URLS = ("InboundRequestUrl", "FallbackUrl", "StatusCallback")
SERVICE_METHODS = ("InboundMethod", "FallbackMethod")
APPLICATION_URLS = ("VoiceUrl", "VoiceFallbackUrl", "StatusCallback", "SmsUrl", "SmsFallbackUrl")
APPLICATION_METHODS = ("VoiceMethod", "VoiceFallbackMethod", "StatusCallbackMethod", "SmsMethod", "SmsFallbackMethod")

Fields = dict[str, str | bool]


@dataclass
class Configuration:
    """`numbers` (by number), `services` and `applications` (by SID) hold Twilio's fields by their names in REST.

    The first number is that of the options, and so is the first application.

    REST requests read and write them. The stand-in itself calls the app's own routes, and for a browser that dials the
    VoiceUrl of its application.
    """

    options: StandInOptions
    numbers: dict[str, Fields] = field(default_factory=dict)
    services: dict[str, Fields] = field(default_factory=dict)
    applications: dict[str, Fields] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.own([])
        if self.options.twiml_app_sid:
            url = f"{self.options.public_origin}/api/client/voice"
            first = self.fresh_application() | {"FriendlyName": "switchboard", "VoiceUrl": url}
            self.applications[self.options.twiml_app_sid] = first

    def fresh_application(self) -> Fields:
        """Return the fields of a new TwiML app."""
        return _fresh(("FriendlyName", *APPLICATION_URLS), APPLICATION_METHODS)

    @property
    def number(self) -> Fields:
        """The fields of the account's first number."""
        return self.numbers[self.options.number]

    def own(self, numbers: Iterable[str]) -> None:
        """Make these the account's numbers, beside the first. Those that it has keep their fields."""
        wanted = dict.fromkeys([self.options.number, *numbers])
        self.numbers = {number: self.numbers.get(number) or self._fresh_number() for number in wanted}

    def owns(self, number: str) -> bool:
        """Has the account this number?"""
        return number in self.numbers

    def by_sid(self, sid: str) -> str:
        """Return the number with this SID, "" for none."""
        return next((number for number in self.numbers if number_sid(number) == sid), "")

    def _fresh_number(self) -> Fields:
        """Return the fields as `./sb ops point` sets them."""
        origin = self.options.public_origin
        return _fresh((*NUMBER_URLS, *NUMBER_SIDS), NUMBER_METHODS) | {
            "VoiceUrl": f"{origin}/api/voice/incoming",
            "SmsUrl": f"{origin}/api/sms/incoming{RETRY_FRAGMENT}",
            "StatusCallback": self.options.number_status_callback,
        }

    def service(self, sid: str) -> Fields:
        """Return a messaging service, a new one for an unknown SID."""
        fresh = _fresh(SERVICE_URLS, SERVICE_METHODS) | {"UseInboundWebhookOnNumber": False}
        return self.services.setdefault(sid, fresh)


def number_sid(number: str) -> str:
    """Return a number's SID, which is the same in each run."""
    return "PN" + hashlib.sha256(number.encode()).hexdigest()[:32]


def _fresh(empty: Iterable[str], methods: Iterable[str]) -> Fields:
    return {**dict.fromkeys(empty, ""), **dict.fromkeys(methods, "POST")}
