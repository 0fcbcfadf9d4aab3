"""What a voice webhook is answered from: the call, its state, numbers.toml and the time."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlencode

import msgspec

from switchboard.addresses import caller_id_for
from switchboard.form import Form
from switchboard.numbers import Action, Menu, Number, Numbers, Queue, TakeVoicemail
from switchboard.prompts import Prompts
from switchboard.urls import status_url
from switchboard.voice.call_state import CallState
from switchboard.webhooks import IncomingCall

# `CallState.action`
ANSWER = "answer"
CLOSED = "closed"
KEY = "key-"
MENU_OTHERWISE = "menu"
QUEUE_OTHERWISE = "queue"
NUMBER_OTHERWISE = "otherwise"
VOICEMAIL = "voicemail"
OTHERWISES = (MENU_OTHERWISE, QUEUE_OTHERWISE, NUMBER_OTHERWISE)


class VoiceRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A voice webhook. `now` is in UTC, `public_origin` as in the settings.

    numbers.toml may have changed since the URL was made: a name that is no longer there is None here, not an error.
    """

    call: IncomingCall
    numbers: Numbers
    number: Number
    state: CallState
    now: datetime
    public_origin: str

    @classmethod
    def of(cls, call: IncomingCall, query: Form, numbers: Numbers, now: datetime, public_origin: str) -> VoiceRequest:
        """Returns the request. Its number is the one that the state names, else the one that was called."""
        state = CallState.from_query(query)
        named = None if state.name is None else numbers.named(state.name)
        number = named or numbers.find(call.caller if call.is_outbound else call.called)
        return cls(
            call=call,
            numbers=numbers,
            number=number,
            state=msgspec.structs.replace(state, name=number.name),
            now=now,
            public_origin=public_origin,
        )

    @property
    def caller(self) -> str:
        """The person's address, also when we placed the call."""
        return self.call.called if self.call.is_outbound else self.call.caller

    @property
    def own_address(self) -> str:
        """Our side of the call: a number, or what a browser dialled."""
        return self.call.caller if self.call.is_outbound else self.call.called

    @property
    def caller_id(self) -> str:
        """What a phone shows that we dial in this call; "" when there is no number that Twilio accepts."""
        caller = "" if self.call.is_outbound else self.caller
        return caller_id_for(caller, self.own_address, self.number.caller_id)

    @property
    def language(self) -> str:
        """The language tag of the call."""
        return self.state.language or self.number.language

    @property
    def sentences(self) -> Prompts:
        """The sentences of the call's language."""
        return self.numbers.sentences(self.language)

    @property
    def voice(self) -> str:
        """The number's voice, "" for Twilio's own: a voice speaks one language."""
        return self.number.voice if self.language == self.number.language else ""

    @property
    def menu(self) -> Menu | None:
        """The menu that the caller is in."""
        return self.numbers.menus.get(self.state.menu) if self.state.menu else self.number.menu

    @property
    def queue(self) -> Queue | None:
        """The queue that the caller waits in."""
        return self.numbers.queues.get(self.state.queue)

    @property
    def action(self) -> Action | None:
        """The action that runs, by `CallState.action`."""
        match self.state.action:
            case "answer":
                return self.number.answer
            case "closed":
                return self.number.closed or TakeVoicemail()
            case "otherwise":
                return self.number.otherwise
            case "menu":
                return self.menu.otherwise if self.menu else None
            case "queue":
                return self.queue.otherwise if self.queue else None
            case "voicemail":
                return TakeVoicemail()
        option = self.menu.options.get(self.state.action.removeprefix(KEY)) if self.menu else None
        return option.action if option else None

    def at(self, **state: object) -> VoiceRequest:
        """Returns the same request with some fields of its state replaced."""
        return msgspec.structs.replace(self, state=msgspec.structs.replace(self.state, **state))

    def recording_callback(self) -> str:
        """Returns the absolute URL of a voicemail's status callback."""
        query = urlencode({"kind": "voicemail", "name": self.number.name})
        return status_url(self.public_origin, f"recording?{query}")
