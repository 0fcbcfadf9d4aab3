"""The SDK's wish for an outgoing call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

# Twilio sets these itself. The page chooses To and every other parameter.
TWILIOS_OWN = frozenset(
    {
        "AccountSid",
        "ApiVersion",
        "ApplicationSid",
        "CallSid",
        "CallStatus",
        "Called",
        "Caller",
        "Direction",
        "From",
        "ParentCallSid",
    }
)


@dataclass(frozen=True, kw_only=True)
class Invitation:
    """An outgoing call as the SDK asks for it. `call` is the SDK's own name of it, until it knows the SID."""

    call: str
    sdp: str
    parameters: Mapping[str, str]

    @classmethod
    def read(cls, call: str, sdp: str, payload: Mapping[str, Any]) -> Invitation:
        """Read `{"twilio": {"params": "To=…&name=value"}}`."""
        twilio = payload.get("twilio")
        query = twilio.get("params") if isinstance(twilio, dict) else ""
        return cls(call=call, sdp=sdp, parameters=dict(parse_qsl(str(query or ""), keep_blank_values=True)))

    def form(self, application: str) -> dict[str, str]:
        """Return the parameters of the first webhook beside the call's own."""
        given = {name: value for name, value in self.parameters.items() if name not in TWILIOS_OWN}
        return {**given, "ApplicationSid": application}
