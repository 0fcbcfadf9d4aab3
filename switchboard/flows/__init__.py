"""Call flows and text answers in a team's own Python: the public interface of flows.py.

    from switchboard.flows import Call, Context, Number, voice_flow
    from twilio.twiml.voice_response import VoiceResponse

    @voice_flow("opening")
    def opening(call: Call, number: Number, context: Context) -> VoiceResponse:
        response = VoiceResponse()
        context.say(response, "We open at nine.")
        return response

The names of `__all__` keep their meaning in every version with the same first number: fields and parameters may be
added, none is removed, renamed or given another type. docs/flows.md has the whole interface. The other modules of this
package are the product's own.
"""

from __future__ import annotations

from switchboard.events import Media
from switchboard.flows.call import Call, Recording
from switchboard.flows.context import Context, Number
from switchboard.flows.flow_logger import FlowLogger
from switchboard.flows.message import Message
from switchboard.flows.outbox import Event
from switchboard.flows.registry import text_flow, voice_flow

__all__ = [
    "Call",
    "Context",
    "Event",
    "FlowLogger",
    "Media",
    "Message",
    "Number",
    "Recording",
    "text_flow",
    "voice_flow",
]
