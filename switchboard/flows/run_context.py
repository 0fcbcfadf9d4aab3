"""Makes what one run of a flow is given, of numbers.toml and the app's settings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType

from switchboard import numbers
from switchboard.flows.context import Context, Number
from switchboard.flows.flow_logger import FlowLogger
from switchboard.flows.outbox import Outbox
from switchboard.numbers import Numbers
from switchboard.numbers.hours import zone_of

PREFIX = "FLOW_"


def number_of(number: numbers.Number, language: str = "") -> Number:
    """Returns what a flow sees of a number, in the language of the call: the number's own when it is ""."""
    tag = language or number.language
    return Number(
        name=number.name,
        language=tag,
        voice=number.voice if tag == number.language else "",
        caller_id=number.caller_id,
        time_zone=number.hours.time_zone if number.hours else "",
    )


def context_of(
    number: Number, read: Numbers, environ: Mapping[str, str], now: datetime, outbox: Outbox, private: Iterable[str]
) -> Context:
    """Returns the context of one run. `private` is what the caller said, typed or texted."""
    settings = {name: value for name, value in environ.items() if name.startswith(PREFIX)}
    return Context(
        settings=MappingProxyType(settings),
        now=now.astimezone(zone_of(number.time_zone)) if number.time_zone else now,
        sentences=read.sentences(number.language),
        logger=FlowLogger(outbox, private),
        _voice=number.voice,
        _outbox=outbox,
    )
