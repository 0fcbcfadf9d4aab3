"""The decorators of flows.py, and the functions that they register while the file is loaded."""

from __future__ import annotations

import inspect
import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

import msgspec
from twilio.twiml.messaging_response import MessagingResponse
from twilio.twiml.voice_response import VoiceResponse

from switchboard.flows.call import Call
from switchboard.flows.context import Context, Number
from switchboard.flows.message import Message

NAME = re.compile(r"[a-z0-9_-]{1,40}")

VoiceFlow = Callable[[Call, Number, Context], VoiceResponse | Awaitable[VoiceResponse]]
TextFlow = Callable[[Message, Number, Context], MessagingResponse | Awaitable[MessagingResponse]]
V = TypeVar("V", bound=VoiceFlow)
T = TypeVar("T", bound=TextFlow)


class Registry(msgspec.Struct, frozen=True):
    """The functions of flows.py by name: voice flows, and text flows, whose names are apart from theirs."""

    voice: dict[str, Callable[..., Any]] = {}
    text: dict[str, Callable[..., Any]] = {}


_loading: ContextVar[Registry | None] = ContextVar("loading", default=None)


def voice_flow(name: str) -> Callable[[V], V]:
    """Registers a function, plain or async, as the voice flow of this name: `[a-z0-9_-]`, 1 to 40 characters.

    Raises ValueError for a name that is wrong or taken, TypeError for what cannot be called with three arguments.
    """

    def register(function: V) -> V:
        registry = _loading.get()
        _add(name, function, "voice", registry.voice if registry else {})
        return function

    return register


def text_flow(name: str) -> Callable[[T], T]:
    """Registers a function, plain or async, as the text flow of this name. Raises as `voice_flow` does."""

    def register(function: T) -> T:
        registry = _loading.get()
        _add(name, function, "text", registry.text if registry else {})
        return function

    return register


@contextmanager
def registering() -> Iterator[Registry]:
    """Yields a new registry that the decorators fill in this thread."""
    registry = Registry(voice={}, text={})
    token = _loading.set(registry)
    try:
        yield registry
    finally:
        _loading.reset(token)


def _add(name: str, function: Callable[..., Any], kind: str, known: dict[str, Callable[..., Any]]) -> None:
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise ValueError(f"{kind}_flow: the name must be 1 to 40 of a-z, 0-9, _ and -")
    if name in known:
        raise ValueError(f'{kind}_flow("{name}"): there are two flows of this name')
    if not callable(function):
        raise TypeError(f'{kind}_flow("{name}"): this is no function')
    _check_parameters(name, function, kind)
    known[name] = function


def _check_parameters(name: str, function: Callable[..., Any], kind: str) -> None:
    try:
        inspect.signature(function).bind(None, None, None)
    except TypeError as error:
        subject = "call" if kind == "voice" else "message"
        raise TypeError(f'{kind}_flow("{name}"): write the parameters ({subject}, number, context)') from error
