"""The access token of an agent's browser, and what the page gets with it.

https://www.twilio.com/docs/iam/access-tokens
"""

from __future__ import annotations

import msgspec
from twilio.jwt.access_token import AccessToken
from twilio.jwt.access_token.grants import VoiceGrant

from switchboard.errors import ConfigurationError
from switchboard.numbers import Agent, Numbers
from switchboard.settings import Settings

TOKEN_SECONDS = 3600
# The SDK's edge without a region: Twilio chooses the nearest.
NEAREST_EDGE = "roaming"


class Colleague(msgspec.Struct, frozen=True):
    """Another agent with a browser."""

    name: str
    identity: str


class OwnNumber(msgspec.Struct, frozen=True):
    """A number of the team's that can be dialled."""

    name: str
    number: str


class TokenAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The JSON that the page gets: its token, valid for `expires_in` seconds, and what it shows."""

    token: str
    identity: str
    agent: str
    edge: str
    queues: tuple[str, ...]
    agents: tuple[Colleague, ...]
    numbers: tuple[OwnNumber, ...]
    language: str
    caller_id: str
    expires_in: int = TOKEN_SECONDS


def check_configured(settings: Settings) -> None:
    """Raises ConfigurationError, which names what to set, when no token can be made."""
    missing = [
        name
        for name, value in (
            ("TWILIO_API_KEY_SID", settings.api_key_sid),
            ("TWILIO_TWIML_APP_SID", settings.twiml_app_sid),
        )
        if not value
    ]
    if missing:
        raise ConfigurationError(f"{' and '.join(missing)}: not set; agents in the browser need them")


def mint(settings: Settings, secret: str, identity: str) -> str:
    """Returns a token with which this identity may take calls, and place them through our TwiML app."""
    token = AccessToken(
        settings.account_sid,
        settings.api_key_sid,
        secret,
        identity=identity,
        ttl=TOKEN_SECONDS,
        region=settings.region or None,
    )
    token.add_grant(VoiceGrant(outgoing_application_sid=settings.twiml_app_sid, incoming_allow=True))
    return str(token.to_jwt())


def answer(settings: Settings, numbers: Numbers, agent: Agent, token: str) -> TokenAnswer:
    """Returns what the page of an agent gets."""
    others = (each for each in numbers.agents.values() if each.client and each.name != agent.name)
    return TokenAnswer(
        token=token,
        identity=agent.client,
        agent=agent.name,
        edge=settings.edge or NEAREST_EDGE,
        queues=tuple(queue.name for queue in numbers.queues_of((agent,))),
        agents=tuple(Colleague(each.name, each.client) for each in others),
        numbers=tuple(OwnNumber(number.name, each) for each, number in numbers.own_numbers(settings.sender).items()),
        language=numbers.unknown.language,
        caller_id=numbers.caller_id_of_team(settings.sender),
    )
