"""The access token, decoded as Twilio decodes it, and what the page gets with it."""

import time
from typing import Any

import jwt
import pytest

from switchboard.client import token
from switchboard.errors import ConfigurationError
from switchboard.numbers import Agent
from switchboard.settings import Settings
from tests.numbers_files import numbers

ACCOUNT, KEY_SID, APP = "AC" + "1" * 32, "SK" + "2" * 32, "AP" + "3" * 32
SECRET = "a secret of at least thirty-two bytes"
SETTINGS = Settings(
    account_sid=ACCOUNT, public_origin="https://voice.fabrikam.net", api_key_sid=KEY_SID, twiml_app_sid=APP
)
IN_IRELAND = Settings(
    account_sid=ACCOUNT,
    public_origin="https://voice.fabrikam.net",
    api_key_sid=KEY_SID,
    twiml_app_sid=APP,
    region="ie1",
)
NUMBERS = numbers(
    """
language = "pt-BR"
[agents]
alice = { client = "alice_1", number = "+351210000010", pin = "2468" }
bob = { client = "bob" }
carol = { number = "+351210000011", pin = "1357" }
[queues.support]
agents = ["alice", "carol"]
[queues.sales]
agents = ["bob"]
[[numbers]]
number = ["+351210000001", "12345"]
name = "Front desk"
answer = { ring = ["alice"] }
[[numbers]]
number = "*"
name = "Main"
answer = { ring = ["alice"] }
"""
)
ALICE = NUMBERS.agents["alice"]


def decoded(settings: Settings) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims of a token, its signature checked."""
    minted = token.mint(settings, SECRET, "alice_1")
    return jwt.get_unverified_header(minted), jwt.decode(minted, SECRET, algorithms=["HS256"])


def test_the_claims_are_those_that_twilio_checks() -> None:
    """Key, account, identity and the grant to take calls and to place them through our TwiML app; one hour."""
    header, claims = decoded(SETTINGS)
    assert (header["alg"], header["cty"]) == ("HS256", "twilio-fpa;v=1")
    assert (claims["iss"], claims["sub"]) == (KEY_SID, ACCOUNT)
    assert claims["grants"] == {
        "identity": "alice_1",
        "voice": {"incoming": {"allow": True}, "outgoing": {"application_sid": APP}},
    }
    assert claims["exp"] - claims["nbf"] == 3600
    assert abs(claims["nbf"] - time.time()) < 5


def test_a_region_is_named_in_the_header() -> None:
    """Only where there is one: an account of Twilio's default region has no such claim."""
    assert decoded(IN_IRELAND)[0]["twr"] == "ie1"
    assert "twr" not in decoded(SETTINGS)[0]


def test_the_page_gets_what_it_shows() -> None:
    """The agent's own queues, the other browsers, and the numbers that can be dialled."""
    answer = token.answer(SETTINGS, NUMBERS, ALICE, "ey.J.x")
    assert answer == token.TokenAnswer(
        token="ey.J.x",
        identity="alice_1",
        agent="alice",
        edge="roaming",
        queues=("support",),
        agents=(token.Colleague("bob", "bob"),),
        numbers=(token.OwnNumber("Front desk", "+351210000001"),),
        language="pt-BR",
        caller_id="+351210000001",
        expires_in=3600,
    )


@pytest.mark.parametrize(("region", "edge"), [("us1", "ashburn"), ("ie1", "dublin"), ("au1", "sydney")])
def test_a_region_has_an_edge(region: str, edge: str) -> None:
    """The SDK connects there."""
    settings = Settings(account_sid=ACCOUNT, public_origin="", region=region)
    assert token.answer(settings, NUMBERS, ALICE, "").edge == edge


def test_the_default_sender_is_a_number_of_the_file_too() -> None:
    """Where the file answers every number by `"*"`."""
    settings = Settings(account_sid=ACCOUNT, public_origin="", sender="+351210000009")
    assert token.OwnNumber("Main", "+351210000009") in token.answer(settings, NUMBERS, ALICE, "").numbers


@pytest.mark.parametrize(
    ("settings", "missing"),
    [
        (Settings(account_sid=ACCOUNT, public_origin=""), "TWILIO_API_KEY_SID and TWILIO_TWIML_APP_SID: not set"),
        (Settings(account_sid=ACCOUNT, public_origin="", api_key_sid=KEY_SID), "TWILIO_TWIML_APP_SID: not set"),
        (Settings(account_sid=ACCOUNT, public_origin="", twiml_app_sid=APP), "TWILIO_API_KEY_SID: not set"),
    ],
)
def test_what_is_missing_is_named(settings: Settings, missing: str) -> None:
    """So that the page can say what to set."""
    with pytest.raises(ConfigurationError, match=f"^{missing}"):
        token.check_configured(settings)
    token.check_configured(SETTINGS)


def test_an_agent_alone_has_no_colleagues() -> None:
    """An agent without a browser is none."""
    alone = Agent(name="dora", client="dora")
    assert {each.name for each in token.answer(SETTINGS, NUMBERS, alone, "").agents} == {"alice", "bob"}
