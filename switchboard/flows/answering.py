"""A webhook -> the TwiML of a flow, an apology when the flow fails, and what the run leaves to log and to publish."""

from __future__ import annotations

import base64
import traceback
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Protocol

import msgspec

from switchboard import events
from switchboard.clock import Clock
from switchboard.errors import FlowFailed
from switchboard.flows import flow_events
from switchboard.flows.call import LANGUAGE, NAME, Call
from switchboard.flows.context import Context, Number
from switchboard.flows.flow_events import Run
from switchboard.flows.flows_file import FlowsFile
from switchboard.flows.message import Message
from switchboard.flows.outbox import Outbox
from switchboard.flows.run_context import context_of, number_of
from switchboard.form import Verified
from switchboard.numbers import Numbers
from switchboard.webhooks import IncomingMessage

LONGEST_TRACEBACK = 4500


class HasFlows(Protocol):
    """What a worker's services have for flows."""

    environ: Mapping[str, str]
    clock: Clock
    hours_clock: Clock

    @property
    def flows(self) -> FlowsFile:
        """The file flows.py."""

    @property
    def numbers(self) -> Numbers:
        """The file numbers.toml."""


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """What every run needs: the two files of the team, the app's settings, and the time in UTC.

    `now` is the time of opening hours, which the phone page can set, `time` that of events.
    """

    flows: FlowsFile
    numbers: Numbers
    environ: Mapping[str, str]
    now: datetime
    time: datetime

    @classmethod
    def of(cls, services: HasFlows) -> Surroundings:
        """Returns those of a worker at this time."""
        return cls(
            flows=services.flows,
            numbers=services.numbers,
            environ=services.environ,
            now=services.hours_clock.now(),
            time=services.clock.now(),
        )


class Ran(msgspec.Struct, frozen=True, kw_only=True):
    """A run of a flow. `document` is its TwiML, or an apology in the call's language; `failure` is why."""

    run: Run
    document: str
    failure: FlowFailed | None
    events: tuple[events.FlowFailed | events.TeamEvent, ...]
    lines: tuple[tuple[int, str], ...]

    def traceback_header(self) -> str:
        """Returns the traceback of the failure for an HTTP header: base64 of UTF-8, its end where it is long, or "".

        It may quote what a person said: for a developer's machine only.
        """
        cause = self.failure and self.failure.__cause__
        text = "".join(traceback.format_exception(cause)) if cause else str(self.failure or "")
        return base64.b64encode(text.encode(errors="replace")[-LONGEST_TRACEBACK:]).decode()


async def answer_call(around: Surroundings, flow: str, verified: Verified) -> Ran:
    """Runs a voice flow for one request of Twilio's."""
    call, query = Call.from_verified(flow, verified), verified.query
    named = around.numbers.named(query.text(NAME)) if NAME in query else None
    number = number_of(named or around.numbers.find(call.called), query.text(LANGUAGE))
    run = Run(flow=flow, sid=call.sid, step=call.step, number=number.name, time=around.time)
    private = [call.digits, call.speech, call.caller, call.form.get("CallerName", "")]
    return await _ran(
        around, run, number, private, lambda given: around.flows.answer_call(call, number, given), _voice_apology
    )


async def answer_text(around: Surroundings, flow: str, message: IncomingMessage, seconds: float) -> Ran:
    """Runs a text flow, which has this many seconds at most."""
    read = Message.of(message)
    number = number_of(around.numbers.find(message.recipient))
    run = Run(flow=flow, sid=message.sid, number=number.name, time=around.time)

    async def answer(context: Context) -> str:
        return await around.flows.answer_text(flow, read, number, context, seconds=seconds)

    return await _ran(around, run, number, [message.body, message.sender], answer, _text_apology)


async def _ran(
    around: Surroundings,
    run: Run,
    number: Number,
    private: list[str],
    answer: Callable[[Context], Awaitable[str]],
    apology: Callable[[Context], str],
) -> Ran:
    outbox = Outbox()
    context = context_of(number, around.numbers, around.environ, around.now, outbox, private)
    failure = None
    try:
        document = await answer(context)
    except FlowFailed as failed:
        failure, document = failed, apology(context)
    published, lines = outbox.close()
    found: tuple[events.FlowFailed | events.TeamEvent, ...]
    if failure is not None:
        found = (flow_events.failed(run, str(failure)),)
    else:
        found = tuple(flow_events.of_team(run, event, index) for index, event in enumerate(published))
    return Ran(run=run, document=document, failure=failure, events=found, lines=tuple(lines))


def _voice_apology(context: Context) -> str:
    from twilio.twiml.voice_response import VoiceResponse

    response = VoiceResponse()
    context.say(response, context.sentences.failure)
    response.hangup()
    return str(response)


def _text_apology(context: Context) -> str:
    from twilio.twiml.messaging_response import MessagingResponse

    response = MessagingResponse()
    response.message(context.sentences.text_failure)
    return str(response)
