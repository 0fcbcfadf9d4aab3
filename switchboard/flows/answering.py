"""A webhook -> the TwiML of a flow, an apology when the flow fails, and what the run leaves to log and to publish."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Protocol

import msgspec

from switchboard import events
from switchboard.clock import Clock
from switchboard.errors import FlowFailed
from switchboard.flows import flow_events
from switchboard.flows.call import LANGUAGE, NAME, Call
from switchboard.flows.context import Context, Number, context_of, number_of
from switchboard.flows.flow_events import Run
from switchboard.flows.flows_file import FlowsFile
from switchboard.flows.message import Message
from switchboard.flows.outbox import Outbox
from switchboard.numbers import Numbers
from switchboard.signature import Verified
from switchboard.webhooks import IncomingMessage


class HasFlows(Protocol):
    """What a worker's services have for flows."""

    environ: Mapping[str, str]
    hours_clock: Clock

    @property
    def flows(self) -> FlowsFile:
        """The file flows.py."""

    @property
    def numbers(self) -> Numbers:
        """The file numbers.toml."""


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """What every run needs: the two files of the team, the app's settings, and the time in UTC."""

    flows: FlowsFile
    numbers: Numbers
    environ: Mapping[str, str]
    now: datetime

    @classmethod
    def of(cls, services: HasFlows) -> Surroundings:
        """Returns those of a worker at this time."""
        return cls(
            flows=services.flows,
            numbers=services.numbers,
            environ=services.environ,
            now=services.hours_clock.now(),
        )


class Ran(msgspec.Struct, frozen=True, kw_only=True):
    """A run of a flow. `document` is its TwiML, or an apology in the call's language; `failure` is why."""

    run: Run
    document: str
    failure: FlowFailed | None
    events: tuple[events.Event, ...]
    lines: tuple[tuple[int, str], ...]


async def answer_call(around: Surroundings, flow: str, verified: Verified) -> Ran:
    """Runs a voice flow for one request of Twilio's."""
    call, query = Call.from_verified(flow, verified), verified.query
    named = around.numbers.named(query.text(NAME)) if NAME in query else None
    number = number_of(named or around.numbers.find(call.called), query.text(LANGUAGE))
    run = Run(flow=flow, sid=call.sid, step=call.step, number=number.name, time=around.now)
    private = [call.digits, call.speech, call.caller, call.form.get("CallerName", "")]
    return await _ran(
        around, run, number, private, lambda given: around.flows.answer_call(call, number, given), _voice_apology
    )


async def answer_text(around: Surroundings, flow: str, message: IncomingMessage, seconds: float) -> Ran:
    """Runs a text flow, which has this many seconds at most."""
    read = Message.of(message)
    number = number_of(around.numbers.find(message.recipient))
    run = Run(flow=flow, sid=message.sid, number=number.name, time=around.now)

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
    if failure is not None:
        found = [flow_events.failed(run, str(failure))]
    else:
        found = [flow_events.of_team(run, event, index) for index, event in enumerate(published)]
    return Ran(run=run, document=document, failure=failure, events=tuple(found), lines=tuple(lines))


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
