"""What an agent's browser may dial: a signed webhook of the TwiML app -> TwiML.

In it `From` is the identity of the token, which Twilio checked. `To` is what the page asked for, and so may be every
other parameter: nothing but `To` is read of them. What follows a Dial comes back to a URL of ours, with how it ended.
"""

from __future__ import annotations

import re
from urllib.parse import quote, urlencode

import msgspec
from twilio.twiml.voice_response import Client, Dial, VoiceResponse

from switchboard.addresses import E164
from switchboard.client.call_limits import CallLimits
from switchboard.form import Form, Verified
from switchboard.numbers import Agent, Numbers
from switchboard.prompts import Prompts
from switchboard.settings import Settings
from switchboard.twiml_writer import document

RING_SECONDS = 45
AGENT_RING_SECONDS = 25
# How long an agent waits for a caller to come, in an empty queue.
QUEUE_SECONDS = 10
DIALLED = "dialled"
# What people put between digits.
_SEPARATORS = r"[ ().\u00a0\u2011/-]"
_LONGEST_TO = 200


class Answer(msgspec.Struct, frozen=True):
    """The TwiML; `agent` and `refused`, the reason, are for the log: "" where nothing was refused."""

    document: str
    agent: str = ""
    refused: str = ""


class Refused(Exception):
    """The call is not placed: `reason` for the log, `sentence` is the field of Prompts that the agent hears."""

    def __init__(self, reason: str, sentence: str = "client_refused") -> None:
        super().__init__(reason)
        self.reason = reason
        self.sentence = sentence


class Caller(msgspec.Struct, frozen=True):
    """An agent in a browser who calls, and what the call is decided by."""

    agent: Agent
    numbers: Numbers
    settings: Settings

    @property
    def caller_id(self) -> str:
        """What the called side shows. Raises Refused without any number."""
        found = self.numbers.caller_id_of_team(self.settings.sender)
        if not found:
            raise Refused("no_caller_id", "client_no_caller_id")
        return found


def answer(verified: Verified, numbers: Numbers, settings: Settings, limits: CallLimits) -> Answer:
    """Returns the answer to `client/voice`: what to dial, or what to say after a Dial or in place of it."""
    sentences = numbers.sentences(numbers.unknown.language)
    if dialled := verified.query.text(DIALLED):
        return Answer(_after(dialled, verified.form, sentences))
    agent = _calling(verified.form, numbers)
    name = agent.name if agent else "unknown"
    try:
        response = VoiceResponse()
        permitted = _permitted(agent, _sid(verified.form), limits)
        _connect(response, Caller(permitted, numbers, settings), _to(verified.form))
        return Answer(document(response), name)
    except Refused as refused:
        return Answer(_spoken(getattr(sentences, refused.sentence), sentences), name, refused.reason)


def _permitted(agent: Agent | None, call: str, limits: CallLimits) -> Agent:
    """Returns the agent, if there is one who may call now."""
    if agent is None:
        raise Refused("not_an_agent")
    if not limits.take(agent.name, call):
        raise Refused("too_many_calls", "client_too_many_calls")
    return agent


def _calling(form: Form, numbers: Numbers) -> Agent | None:
    """The agent whose browser this is, None for anybody else. A second `From` would be the page's: refused."""
    senders = form.getlist("From")
    if len(senders) != 1 or not senders[0].startswith("client:"):
        return None
    return next(iter(numbers.agents_at(senders[0])), None)


def _sid(form: Form) -> str:
    """The call's SID. A second one would be the page's, which must not choose what counts as one call: ""."""
    found = form.getlist("CallSid")
    return found[0] if len(found) == 1 else ""


def _to(form: Form) -> str:
    """What the page asked for; a number without the separators that people write."""
    to = form.text("To")
    if len(form.getlist("To")) != 1 or not to.strip() or len(to) > _LONGEST_TO:
        raise Refused("no_destination")
    bare = re.sub(_SEPARATORS, "", to)
    return bare if re.fullmatch(r"\+?[0-9*#]+", bare) else to


def _connect(response: VoiceResponse, caller: Caller, to: str) -> None:
    """Adds what connects the agent to this destination. Raises Refused."""
    scheme, colon, name = to.partition(":")
    if colon and scheme == "client":
        _dial_agent(response, caller, name)
    elif colon and scheme == "queue":
        _dial_queue(response, caller, name)
    elif to in caller.numbers.own_numbers(caller.settings.sender):
        _open_menu(response, caller, to)
    elif re.fullmatch(E164, to):
        _dial_number(response, caller, to)
    elif to.isascii() and to.strip("*#").isdigit():
        raise Refused("no_country", "client_write_country")
    else:
        raise Refused("not_dialable")


def _dial_agent(response: VoiceResponse, caller: Caller, identity: str) -> None:
    found = next((each for each in caller.numbers.agents.values() if each.client and each.client == identity), None)
    if found is None or found.name == caller.agent.name:
        raise Refused("not_an_agent_to_call")
    client = Client()
    client.identity(found.client)
    client.parameter(name="caller", value=f"client:{caller.agent.client}")
    dial = _dial("agent", AGENT_RING_SECONDS, caller.caller_id)
    dial.append(client)
    response.append(dial)


def _dial_queue(response: VoiceResponse, caller: Caller, name: str) -> None:
    if name not in (queue.name for queue in caller.numbers.queues_of((caller.agent,))):
        raise Refused("not_a_queue_of_the_agent")
    dial = Dial(action=_action("queue"), method="POST", timeout=QUEUE_SECONDS)
    dial.queue(name)
    response.append(dial)


def _open_menu(response: VoiceResponse, caller: Caller, number: str) -> None:
    """Sends the call to where calls to this number go: it knows the agent by the address that calls."""
    own = caller.numbers.own_numbers(caller.settings.sender)[number]
    response.redirect(f"../voice/incoming?{urlencode({'name': own.name}, quote_via=quote)}", method="POST")


def _dial_number(response: VoiceResponse, caller: Caller, number: str) -> None:
    # It takes 50 ms: only a call to a number needs it.
    from switchboard.client import destinations

    caller_id, number = caller.caller_id, destinations.canonical(number)
    reason = destinations.refusal(number, caller_id, caller.settings.allowed_destinations)
    if reason:
        raise Refused(reason, "client_destination_refused")
    dial = _dial("number", RING_SECONDS, caller_id)
    dial.number(number)
    response.append(dial)


def _dial(what: str, seconds: int, caller_id: str) -> Dial:
    return Dial(action=_action(what), method="POST", timeout=seconds, answer_on_bridge=True, caller_id=caller_id)


def _action(what: str) -> str:
    """The URL that a Dial ends at, relative to this route."""
    return f"voice?{urlencode({DIALLED: what})}"


def _after(dialled: str, form: Form, sentences: Prompts) -> str:
    """Ends the call; says why where nobody was talked to."""
    status = form.text("DialCallStatus")
    if form.text("DialBridged") == "true" or status == "completed":
        return _spoken("", sentences)
    if dialled == "queue":
        return _spoken(sentences.agent_nobody_waiting, sentences)
    if status == "busy":
        return _spoken(sentences.client_busy, sentences)
    is_unanswered = status in ("no-answer", "canceled")
    return _spoken(sentences.client_nobody_answered if is_unanswered else sentences.client_not_connected, sentences)


def _spoken(text: str, sentences: Prompts) -> str:
    response = VoiceResponse()
    if text:
        response.say(text, language=sentences.tag)
    response.hangup()
    return document(response)
