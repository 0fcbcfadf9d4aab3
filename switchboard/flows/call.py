"""A call at one step of a voice flow."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

import msgspec

from switchboard.form import Form, Verified
from switchboard.text import whole_number
from switchboard.webhooks import IncomingCall

# Parameters of a flow's URL that are Switchboard's: which number, in which language, and the step.
NAME, LANGUAGE, STEP = "name", "language", "step"
RESERVED = (NAME, LANGUAGE, STEP)


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """What `<Record>` recorded: its SID, its URL at Twilio (needs the account's credentials), and whole seconds."""

    sid: str
    url: str
    seconds: int


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """A call when Twilio requests the next step of a flow. An absent parameter of Twilio's is "".

    | field | meaning |
    |---|---|
    | `sid` | the call's SID, the same at each step |
    | `caller`, `called` | the person's address, and yours: E.164 or `client:…`, also when you placed the call |
    | `is_outbound` | whether you placed the call |
    | `flow`, `step` | the flow's name, and the step of the URL that Twilio requests: "" first |
    | `parameters` | the URL's other parameters: what `url` was given at the steps before |
    | `digits` | the keys that `<Gather>` took |
    | `speech`, `confidence` | what `<Gather>` understood, and Twilio's confidence in it, 0 to 1 |
    | `recording` | what `<Record>` recorded, None without a recording |
    | `dial_status` | how a `<Dial>` of the flow ended: `completed`, `busy`, `no-answer`, `failed`, `canceled` |
    | `form` | every parameter that Twilio sent, by Twilio's name |

    The URL is part of what Twilio signs: nobody but this app and Twilio can set `step` and `parameters`.
    """

    sid: str
    caller: str
    called: str
    is_outbound: bool = False
    flow: str
    step: str = ""
    parameters: dict[str, str] = {}
    digits: str = ""
    speech: str = ""
    confidence: float = 0.0
    recording: Recording | None = None
    dial_status: str = ""
    form: dict[str, str] = {}
    _own: dict[str, str] = {}

    @classmethod
    def from_verified(cls, flow: str, verified: Verified) -> Call:
        """Reads a voice webhook of a flow."""
        call, form = IncomingCall.from_verified(verified), verified.form
        query = {name: values[0] for name, values in verified.query.items()}
        return cls(
            sid=call.sid,
            caller=call.called if call.is_outbound else call.caller,
            called=call.caller if call.is_outbound else call.called,
            is_outbound=call.is_outbound,
            flow=flow,
            step=query.get(STEP, ""),
            parameters={name: value for name, value in query.items() if name not in RESERVED},
            digits=call.digits,
            speech=call.speech,
            confidence=_confidence(form.text("Confidence")),
            recording=_recording(form),
            dial_status=call.dial_status,
            form={name: values[0] for name, values in form.items()},
            _own={name: query[name] for name in (NAME, LANGUAGE) if name in query},
        )

    def url(self, step: str, parameters: Mapping[str, str | int] | None = None) -> str:
        """Returns the URL of a step of this flow, for `action` of a verb, or `<Redirect>`.

        It has the parameters of this step, changed and completed by `parameters`. URLs are in Twilio's and Azure's
        logs: put nothing into them that a caller said or typed as a secret, and no phone number.

        Raises ValueError for a parameter named `name`, `language` or `step`.
        """
        given = {name: str(value) for name, value in (parameters or {}).items()}
        if reserved := [name for name in given if name in RESERVED]:
            raise ValueError(f"parameters: {reserved[0]} is Switchboard's own; choose another name")
        query = self._own | {STEP: step} | self.parameters | given
        return f"{self.flow}?{urlencode(query)}"

    @property
    def start_url(self) -> str:
        """The URL where the number begins again, with its greeting and menu. A `<Redirect>` to it ends the flow."""
        query = urlencode({NAME: self._own[NAME]} if NAME in self._own else {})
        return f"../voice/incoming?{query}" if query else "../voice/incoming"


def _recording(form: Form) -> Recording | None:
    url = form.text("RecordingUrl")
    seconds = whole_number(form.text("RecordingDuration")) or 0
    return Recording(sid=form.text("RecordingSid"), url=url, seconds=seconds) if url else None


def _confidence(text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        return 0.0
    return found if 0 <= found <= 1 else 0.0
