"""Ringing agents and forwarding: who is dialled, what follows, and the key by which an agent accepts.

`<Dial>` stops the other phones at the first answer, which may be a voicemail's. So an answer counts only when the two
were connected (DialBridged), and agents whose phones an answer stopped are rung once more, one after another.
"""

from __future__ import annotations

from twilio.twiml.voice_response import Client, Dial, Gather, VoiceResponse

from switchboard.addresses import Address, is_dialable
from switchboard.numbers import Agent, ForwardCall, RingAgents
from switchboard.prompts import spoken
from switchboard.voice import otherwise
from switchboard.voice.call_state import CallState
from switchboard.voice.speech import say
from switchboard.voice.voice_request import ANSWER, VoiceRequest

ACCEPT_SECONDS = 5


def ring(response: VoiceResponse, request: VoiceRequest, action: RingAgents) -> VoiceRequest | None:
    """Rings the agents of an action, all at once or the first of them."""
    agents = _agents(request, action)
    if not agents:
        return otherwise.after_nobody(response, request, request.sentences.nobody_answered)
    if not _is_silent(request):
        say(response, request, request.sentences.connecting)
    if action.at_once:
        return _dial_agents(response, request.at(turn=None), action, agents)
    return _dial_agents(response, request.at(turn=0), action, agents[:1])


def forward(response: VoiceResponse, request: VoiceRequest, action: ForwardCall) -> VoiceRequest | None:
    """Dials a phone number. Nobody is asked to accept: the number may be another company's."""
    if not _is_silent(request):
        say(response, request, request.sentences.connecting)
    dial = _dial(request, action.seconds)
    dial.number(action.to)
    response.append(dial)
    return None


def after_dial(response: VoiceResponse, request: VoiceRequest) -> VoiceRequest | None:
    """Route `dialed`: ends the call if the two talked, else rings the next agent alone, else follows `otherwise`."""
    if request.call.bridged:
        response.hangup()
        return None
    action = request.action
    agents = _agents(request, action) if isinstance(action, RingAgents) else []
    turn = 0 if request.state.turn is None else request.state.turn + 1
    if isinstance(action, RingAgents) and turn < len(agents):
        return _dial_agents(response, request.at(turn=turn), action, agents[turn : turn + 1])
    return otherwise.after_nobody(response, request.at(turn=None), request.sentences.nobody_answered)


def screen(response: VoiceResponse, request: VoiceRequest) -> None:
    """Route `screen`, on the agent's leg: says who calls, and connects the two when the agent presses a key."""
    if request.state.asked and request.call.digits:
        return
    if not request.state.asked:
        gather = Gather(
            input="dtmf",
            action=request.at(asked=True).state.url("screen"),
            method="POST",
            num_digits=1,
            timeout=ACCEPT_SECONDS,
            # Any key accepts, "#" too.
            finish_on_key="",
        )
        say(gather, request, _announcement(request))
        response.append(gather)
    say(response, request, request.sentences.screen_not_accepted)
    response.hangup()


def _agents(request: VoiceRequest, action: RingAgents) -> list[Agent]:
    """The agents of an action who are in the file and have a phone or a browser."""
    found = (request.numbers.agents.get(name) for name in action.agents)
    return [agent for agent in found if agent and agent.can_be_rung]


def _is_silent(request: VoiceRequest) -> bool:
    """Whether nothing was said before: then the call is not answered until an agent is connected."""
    number, action = request.number, request.action
    return request.state.action == ANSWER and not number.greeting and not (action and action.greeting)


def _dial_agents(
    response: VoiceResponse, request: VoiceRequest, action: RingAgents, agents: list[Agent]
) -> VoiceRequest | None:
    dial = _dial(request, action.seconds)
    screening = CallState(name=request.number.name).url("screen")
    for agent in agents:
        if agent.client:
            dial.append(_browser(request, agent.client))
        if agent.number:
            dial.number(agent.number, url=screening, method="POST")
    response.append(dial)
    return None


def _browser(request: VoiceRequest, identity: str) -> Client:
    """An agent's browser, with what its page shows: our number's name and address, and the caller if known."""
    client = Client()
    client.identity(identity)
    shown = {"number": request.number.name, "called": request.own_address, "caller": request.caller}
    for name, value in shown.items():
        if value and not Address.parse(value).is_withheld:
            client.parameter(name=name, value=value)
    return client


def _dial(request: VoiceRequest, seconds: int) -> Dial:
    return Dial(
        action=request.state.url("dialed"),
        method="POST",
        timeout=seconds,
        answer_on_bridge=True,
        caller_id=request.caller_id or None,
    )


def _announcement(request: VoiceRequest) -> str:
    sentences = request.sentences
    shown = request.call.caller
    # The phone shows the caller's number only where Twilio accepts it: see VoiceRequest.caller_id.
    is_ours = shown == request.number.caller_id or shown in request.numbers.by_called
    is_caller = is_dialable(shown) and not is_ours
    caller = spoken.phone_number(sentences, shown) if is_caller else sentences.anonymous_caller
    return sentences.screen.format(name=request.number.name, caller=caller)
