"""numbers.toml: what each phone number does, typed, checked and pure.

Here is what the call flow and the text answers work on. `reader.read` makes it of a file's text, and never fails: what
is wrong is among `problems`, and takes voicemail. The moment that a question is about is always passed in. `summary`
and `schema` are for operators' commands and the phone page alone.
"""

from __future__ import annotations

from switchboard.numbers.hours import Hours, Opening, Range, is_open, opening
from switchboard.numbers.model import (
    Action,
    Agent,
    ForwardCall,
    GoBack,
    HangUp,
    JoinQueue,
    Menu,
    Number,
    Numbers,
    OpenMenu,
    Option,
    Queue,
    RingAgents,
    RunFlow,
    SaySentence,
    SendText,
    TakeVoicemail,
)
from switchboard.numbers.problem import Problem

__all__ = [
    "Action",
    "Agent",
    "ForwardCall",
    "GoBack",
    "HangUp",
    "Hours",
    "JoinQueue",
    "Menu",
    "Number",
    "Numbers",
    "OpenMenu",
    "Opening",
    "Option",
    "Problem",
    "Queue",
    "Range",
    "RingAgents",
    "RunFlow",
    "SaySentence",
    "SendText",
    "TakeVoicemail",
    "is_open",
    "opening",
]
