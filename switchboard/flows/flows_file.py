"""The team's flows.py in this worker: loaded once, at the first flow; each run limited in time and isolated."""

from __future__ import annotations

import asyncio
import inspect
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal, TypeVar

from switchboard.cached import Cached
from switchboard.errors import FlowFailed, describe_place
from switchboard.flows.call import Call
from switchboard.flows.context import Context, Number
from switchboard.flows.loading import load
from switchboard.flows.message import Message
from switchboard.flows.registry import Registry
from switchboard.flows.threads import LoopThread, Outcome, PlainThreads
from switchboard.text import xml_text
from switchboard.twiml import NotTwiml, check_twiml

# Twilio waits 15 s.
MOST_SECONDS = 10.0
# After a failure the file is loaded again: the cause may have been an absent network.
RELOAD_SECONDS = 60

Kind = Literal["voice", "text"]
R = TypeVar("R")


class FlowsFile:
    """Runs the flows of one file. Bound to the event loop of its first use, as all services are."""

    def __init__(self, path: Path, *, most_seconds: float = MOST_SECONDS) -> None:
        self._path = path
        self._most_seconds = most_seconds
        self._plain = PlainThreads()
        self._async = LoopThread()
        self._loaded = Cached(self._load, _seconds_kept, time.monotonic)

    async def registry(self) -> Registry:
        """Returns what the file registers. Raises FlowFailed with the file's line."""
        found = await self._loaded.get()
        if isinstance(found, FlowFailed):
            raise FlowFailed(str(found)) from found.__cause__
        return found

    async def answer_call(self, call: Call, number: Number, context: Context) -> str:
        """Returns the TwiML of a voice flow. Raises FlowFailed, whatever goes wrong."""
        from twilio.twiml.voice_response import VoiceResponse

        return await self._answer("voice", call.flow, (call, number, context), VoiceResponse, self._most_seconds)

    async def answer_text(
        self, flow: str, message: Message, number: Number, context: Context, *, seconds: float = math.inf
    ) -> str:
        """Returns the TwiML of a text flow, within `seconds` too. Raises FlowFailed, whatever goes wrong."""
        from twilio.twiml.messaging_response import MessagingResponse

        limit = min(seconds, self._most_seconds)
        return await self._answer("text", flow, (message, number, context), MessagingResponse, limit)

    async def close(self) -> None:
        """Stops the event loop of async flows."""
        await self._loaded.close()
        await self._async.close()

    async def _answer(
        self,
        kind: Kind,
        flow: str,
        arguments: tuple[Call | Message, Number, Context],
        expected: type[object],
        seconds: float,
    ) -> str:
        try:
            async with asyncio.timeout(seconds):
                function = await self._function(kind, flow)
                outcome = await self._run(function, arguments)
        except TimeoutError:
            blocks = "" if await self._async.responds() else ": an async flow blocks; use await, or a plain function"
            raise FlowFailed(f"no answer within {seconds:g} s{blocks}") from None
        return _document(outcome, expected)

    async def _function(self, kind: Kind, flow: str) -> Callable[..., object]:
        registry = await self.registry()
        function = (registry.voice if kind == "voice" else registry.text).get(flow)
        if function is None:
            raise FlowFailed(f"{self._path.name} registers no {kind} flow of this name")
        return function

    async def _run(self, function: Callable[..., object], arguments: tuple[object, ...]) -> Outcome:
        if inspect.iscoroutinefunction(function):
            return await self._async.run(function(*arguments))
        outcome = await self._plain.run(function, *arguments)
        # A decorator of the team's may hide that a function is async.
        return await self._async.run(outcome.result) if inspect.iscoroutine(outcome.result) else outcome

    async def _load(self) -> Registry | FlowFailed:
        outcome = await self._plain.run(load, self._path)
        if isinstance(outcome.result, Registry):
            return outcome.result
        assert isinstance(outcome.error, FlowFailed)  # noqa: S101  # `load` raises nothing else
        return outcome.error


def _seconds_kept(found: Registry | FlowFailed) -> float:
    return math.inf if isinstance(found, Registry) else RELOAD_SECONDS


def _document(outcome: Outcome, expected: type[object]) -> str:
    """Returns the flow's TwiML. Raises FlowFailed for an exception, another type, and what is no TwiML."""
    if outcome.error is not None:
        raise FlowFailed(describe_place(outcome.error)) from outcome.error
    if not isinstance(outcome.result, expected):
        raise FlowFailed(f"returned {type(outcome.result).__name__}, not {expected.__name__}")
    try:
        document = xml_text(str(outcome.result))
        check_twiml(document)
    except NotTwiml as error:
        raise FlowFailed(f"the TwiML that it returned is none: {error}") from error
    except Exception as error:
        raise FlowFailed(f"the TwiML that it returned cannot be written: {describe_place(error)}") from error
    return document
