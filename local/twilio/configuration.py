"""The configuration at Twilio: the URLs of the number and of messaging services."""

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
    """`number` and `services` (by SID) hold Twilio's fields, under their names in REST requests.

    REST requests read and write them. The stand-in itself always calls the app's own routes.
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
        """The number's SID, which is the same in each run."""
        return "PN" + hashlib.sha256(self.options.number.encode()).hexdigest()[:32]

    def service(self, sid: str) -> Fields:
        """Return a messaging service, a new one for an unknown SID."""
        fresh = _fresh(SERVICE_URLS, SERVICE_METHODS) | {"UseInboundWebhookOnNumber": False}
        return self.services.setdefault(sid, fresh)


def _fresh(empty: Iterable[str], methods: Iterable[str]) -> Fields:
    return {**dict.fromkeys(empty, ""), **dict.fromkeys(methods, "POST")}
