"""Rings the browsers of a queue's agents when a caller joins it: a command for each on `call-outbox`.

The caller stays in the queue. Whoever answers gets the caller who has waited longest, and hears when nobody waits any
more. The ledger of deliveries places each call at most once (docs/decisions/0092).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote, urlencode

from twilio.twiml.voice_response import Dial, VoiceResponse

from switchboard.addresses import caller_id_for
from switchboard.commands import PlaceCall
from switchboard.numbers import Agent
from switchboard.text import IDENTIFIER, short_digest
from switchboard.twiml_writer import document
from switchboard.voice.queue import takes
from switchboard.voice.voice_request import VoiceRequest

RING_SECONDS = 20
# How long an agent who answered waits for a caller: another agent may have taken the last one.
CALLER_SECONDS = 5
# A command that nobody delivered for so long rings nobody: the caller may be gone.
LIVES_SECONDS = 60
# Of what follows the identity in a client address.
LONGEST_QUERY = 800


def agents_to_ring(request: VoiceRequest) -> tuple[Agent, ...]:
    """Returns the agents whose browsers ring for a caller who has just joined; none for any later `hold`."""
    queue = request.queue
    if queue is None or request.state.again or not takes(request):
        return ()
    found = (request.numbers.agents.get(name) for name in queue.agents)
    return tuple(agent for agent in found if agent and agent.client)


def caller_id(request: VoiceRequest, sender: str) -> str:
    """Returns the number that the browsers show, "" without any: Twilio needs one. `sender` is TWILIO_FROM."""
    of_number = caller_id_for("", request.own_address, request.number.caller_id)
    return of_number or request.numbers.caller_id_of_team(sender)


def commands(request: VoiceRequest, agents: tuple[Agent, ...], shown: str) -> Iterator[PlaceCall]:
    """Yields a command for each agent; `shown` is the caller ID. No caller's number is in any of them."""
    twiml = _document(request)
    for agent in agents:
        yield PlaceCall(
            id=_id(request, agent.client),
            to=f"client:{agent.client}?{_query(request)}",
            sender=shown,
            timeout=RING_SECONDS,
            twiml=twiml,
            # The time to live of a queue message ends with its first delivery, this holds for its retries too.
            validity_period=LIVES_SECONDS,
        )


def _document(request: VoiceRequest) -> str:
    response = VoiceResponse()
    ended = f"{request.public_origin}/api/client/voice?dialled=queue"
    dial = Dial(action=ended, method="POST", timeout=CALLER_SECONDS)
    dial.queue(request.state.queue)
    response.append(dial)
    return document(response)


def _query(request: VoiceRequest) -> str:
    """What the page shows: the queue and our number's name, the first alone where both are too long."""
    both = [("queue", request.state.queue), ("number", request.number.name)]
    found = urlencode(both, quote_via=quote)
    return found if len(found) <= LONGEST_QUERY else urlencode(both[:1], quote_via=quote)


def _id(request: VoiceRequest, identity: str) -> str:
    """The same for a webhook that Twilio repeats, and another for each queue that a call joins."""
    found = f"queue:{request.call.sid}:{request.state.waits}:{identity}"
    return found if re.fullmatch(IDENTIFIER, found) else f"queue:{short_digest(found)}"
