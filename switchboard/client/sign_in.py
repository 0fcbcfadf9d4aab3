"""Who may have a token: the one function to replace for another way to sign in, as by your own identity provider."""

from __future__ import annotations

import logging
import math
from typing import NoReturn

import msgspec

from switchboard.client import agent_keys
from switchboard.client.sign_in_limits import SignInLimits
from switchboard.numbers import Agent, Numbers
from switchboard.refusal_log import LineLimit
from switchboard.secrets import Secrets

logger = logging.getLogger(__name__)

signed_in = LineLimit()
refused = LineLimit()


class SignIn(msgspec.Struct, frozen=True):
    """What a page sends: an agent's name and key."""

    agent: str
    key: str

    def __repr__(self) -> str:
        """Leaves both out."""
        return "SignIn(...)"


class SignInRefused(Exception):
    """The key is not this agent's, or there is no such agent with a client. The page does not learn which."""


class SlowDown(Exception):
    """Too many wrong keys: try again after `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__("too many wrong keys")
        self.seconds = math.ceil(seconds)


async def sign_in(given: SignIn, address: str, numbers: Numbers, secrets: Secrets, limits: SignInLimits) -> Agent:
    """Returns the agent who may have a token: one of numbers.toml with a client and the right key.

    `address` is the caller's IP address. Raises SignInRefused, SlowDown, ConfigurationError, SecretsUnavailable.
    """
    keys = agent_keys.parse(await secrets.agent_keys())
    # Nothing is awaited from here on: requests at the same time are counted one after the other.
    seconds = limits.seconds_to_wait(given.agent, address)
    if seconds > 0:
        _log_refused(given.agent, numbers, "slow_down")
        raise SlowDown(seconds)
    agent = numbers.agents.get(given.agent)
    if not agent_keys.is_valid(keys, given.agent, given.key) or agent is None or not agent.client:
        _refuse(given, address, numbers, limits)
    limits.forget(given.agent, address)
    if times := signed_in.count():
        logger.info("event=client_signed_in agent=%s times=%d", agent.name, times)
    return agent


def _refuse(given: SignIn, address: str, numbers: Numbers, limits: SignInLimits) -> NoReturn:
    limits.count_wrong(given.agent, address)
    _log_refused(given.agent, numbers, "wrong_key")
    raise SignInRefused


def _log_refused(name: str, numbers: Numbers, reason: str) -> None:
    """Logs the name of an agent of the file only: any other may be anything, also a key."""
    if times := refused.count():
        shown = name if name in numbers.agents else "unknown"
        logger.warning("event=client_sign_in_refused agent=%s times=%d reason=%s", shown, times, reason)
