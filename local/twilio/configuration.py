"""What is configured at Twilio: the number's URLs, and those of messaging services."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field

from local.twilio.options import StandInOptions

NUMBER_URLS = ("VoiceUrl", "VoiceFallbackUrl", "SmsUrl", "SmsFallbackUrl", "StatusCallback")
NUMBER_METHODS = ("VoiceMethod", "VoiceFallbackMethod", "SmsMethod", "SmsFallbackMethod", "StatusCallbackMethod")
NUMBER_SIDS = ("VoiceApplicationSid", "SmsApplicationSid", "TrunkSid")
SERVICE_URLS = ("InboundRequestUrl", "FallbackUrl", "StatusCallback")
SERVICE_METHODS = ("InboundMethod", "FallbackMethod")

Fields = dict[str, str | bool]


@dataclass
class Configuration:
    """`number` and `services` (by SID) hold Twilio's fields, by the names that REST requests give them.

    The stand-in calls the app's own routes all the same: what is kept here is what is asked about.
    """

    options: StandInOptions
    number: Fields = field(default_factory=dict)
    services: dict[str, Fields] = field(default_factory=dict)

    def __post_init__(self) -> None:
        origin = self.options.public_origin
        self.number = _fresh((*NUMBER_URLS, *NUMBER_SIDS), NUMBER_METHODS) | {
            "VoiceUrl": f"{origin}/api/voice/incoming",
            "SmsUrl": f"{origin}/api/sms/incoming",
            "StatusCallback": self.options.number_status_callback,
        }

    @property
    def number_sid(self) -> str:
        """The same for a number in each run."""
        return "PN" + hashlib.sha256(self.options.number.encode()).hexdigest()[:32]

    def service(self, sid: str) -> Fields:
        """A messaging service, as texts name it: any SID of one is the account's."""
        fresh = _fresh(SERVICE_URLS, SERVICE_METHODS) | {"UseInboundWebhookOnNumber": False}
        return self.services.setdefault(sid, fresh)


def _fresh(empty: Iterable[str], methods: Iterable[str]) -> Fields:
    return {**dict.fromkeys(empty, ""), **dict.fromkeys(methods, "POST")}
