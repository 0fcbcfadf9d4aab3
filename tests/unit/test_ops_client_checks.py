"""What `doctor` compares of agents in the browser: the token's claims and the page's policy."""

from __future__ import annotations

import msgspec
import pytest

from ops.client_checks import IDENTITY, policy_problem, token_problems
from switchboard.client.files import signalling_hosts
from switchboard.client.token import mint
from switchboard.settings import Settings

SECRET = "a secret of at least thirty-two bytes"
SETTINGS = Settings(
    account_sid="AC" + "1" * 32,
    public_origin="https://voice.fabrikam.net",
    api_key_sid="SK" + "2" * 32,
    twiml_app_sid="AP" + "3" * 32,
)
FIXED = "default-src 'none'; script-src 'self'"
GOOD = f"{FIXED}; connect-src 'self' {' '.join(signalling_hosts(''))}"


def changed(**fields: str) -> Settings:
    """Other settings than the token is compared with."""
    return msgspec.structs.replace(SETTINGS, **fields)


def test_a_token_of_the_app_is_right() -> None:
    """Also with a region."""
    for settings in (SETTINGS, changed(region="au1")):
        assert token_problems(mint(settings, SECRET, IDENTITY), settings, SECRET) == []


@pytest.mark.parametrize(
    ("fields", "claim"),
    [
        ({"api_key_sid": "SK" + "9" * 32}, "iss"),
        ({"account_sid": "AC" + "9" * 32}, "sub"),
        ({"twiml_app_sid": "AP" + "9" * 32}, "grants"),
        ({"region": "ie1"}, "twr"),
    ],
)
def test_each_claim_is_compared(fields: dict[str, str], claim: str) -> None:
    """With the setting that it comes from."""
    found = token_problems(mint(changed(**fields), SECRET, IDENTITY), SETTINGS, SECRET)
    assert found == [f"the token's {claim} is not right"]


def test_a_token_signed_by_another_secret_is_found() -> None:
    """And one for another identity."""
    assert token_problems(mint(SETTINGS, SECRET * 2, IDENTITY), SETTINGS, SECRET) != []
    assert token_problems(mint(SETTINGS, SECRET, "alice"), SETTINGS, SECRET) == ["the token's grants is not right"]


@pytest.mark.parametrize(
    ("policy", "problem"),
    [
        (GOOD, ""),
        ("", "lacks default-src 'none'"),
        (GOOD.replace("'none'", "'self'"), "lacks default-src 'none'"),
        (GOOD.replace("script-src 'self'", "script-src 'self' https://cdn.example"), "scripts of other hosts"),
        (GOOD + " https://eventgw.twilio.com", "lets it connect to https://eventgw.twilio.com"),
        (GOOD.replace(" wss://voice-js.roaming.twilio.com", ""), "not let it connect to wss://voice-js.roaming"),
        (GOOD.replace("wss://voice-js.roaming.twilio.com", "ws://127.0.0.1:7072"), "connect to ws://127.0.0.1:7072"),
    ],
)
def test_the_policy_names_the_hosts_that_are_needed(policy: str, problem: str) -> None:
    """And no other: a script in the page could send what it hears elsewhere."""
    found = policy_problem(policy, SETTINGS)
    assert problem in found
    assert bool(problem) is bool(found)


def test_the_policy_of_a_region_names_its_edge() -> None:
    """The SDK connects there; on a developer's machine it connects to the stand-in."""
    dublin = f"{FIXED}; connect-src 'self' wss://voice-js.dublin.twilio.com"
    assert policy_problem(dublin, changed(region="ie1")) == ""
    assert "not let it connect to" in policy_problem(dublin, SETTINGS)
    local = f"{FIXED}; connect-src 'self' ws://127.0.0.1:7072"
    assert policy_problem(local, msgspec.structs.replace(SETTINGS, local=True)) == ""
