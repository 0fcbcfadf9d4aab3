"""Access tokens at the signalling: the stand-in refuses what Twilio refuses, with the SDK's codes."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta

import jwt
import pytest

from local.twilio.options import Pace
from tests.functional.softphones import KEY_SID, SECRET, VOICE, softphones, token
from tests.functional.twilio_standin_app import ACCOUNT, twiml

BRISK = Pace(step=0.01, ring=0.01, longest_wait=0.005, heartbeat=0.2)


def signed(header: dict[str, str] | None = None, **changes: object) -> str:
    """A token that Twilio's library would not make."""
    claims = {
        "iss": KEY_SID,
        "sub": ACCOUNT,
        "exp": datetime.now(UTC) + timedelta(hours=1),
        "grants": {"identity": "alice", "voice": {"incoming": {"allow": True}}},
    } | changes
    headers = {"cty": "twilio-fpa;v=1"} if header is None else header
    return jwt.encode(claims, SECRET, algorithm="HS256", headers=headers)


def unsigned() -> str:
    """A token that names `none` as its algorithm."""
    parts = [{"alg": "none", "typ": "JWT", "cty": "twilio-fpa;v=1"}, {"iss": KEY_SID, "sub": ACCOUNT}]
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts]
    return ".".join([*encoded, ""])


WRONG = {
    "no token at all": ("", 31204),
    "no JWT": ("eyJ0b2tlbg", 31204),
    "no algorithm": (unsigned(), 31204),
    "another kind of JWT": (signed(header={}), 31204),
    "another secret": (token(secret="x" * 32), 31202),
    "another key": (token(key="SK" + "1" * 32), 31202),
    "another account": (token(account="AC" + "1" * 32), 31203),
    "expired": (signed(exp=datetime.now(UTC) - timedelta(seconds=5)), 31205),
    "not yet valid": (token(nbf=int(datetime.now(UTC).timestamp()) + 600), 31204),
    "valid for two days": (token(ttl=48 * 3600), 31207),
    "without an end": (signed(exp=None), 31204),
    "without grants": (signed(grants={}), 31204),
    "without a voice grant": (signed(grants={"identity": "alice"}), 31204),
    "an identity with a space": (token("alice b"), 31204),
    "an identity of 122 characters": (token("a" * 122), 31204),
}


@pytest.mark.parametrize("name", WRONG)
async def test_a_wrong_token_is_refused(name: str) -> None:
    """The browser is not connected, and can do nothing after it."""
    text, code = WRONG[name]
    async with softphones() as phones, phones.sdk() as sdk:
        await sdk.send("listen", token=text)
        error = (await sdk.receive("error"))["error"]
        assert error["code"] == code, error
        await sdk.send("register", media={"audio": True})
        assert (await sdk.receive("error"))["error"]["code"] == 31204
        assert "ready" not in sdk.seen


async def test_a_valid_token_connects() -> None:
    """The SDK learns its identity and how long the token is valid; then it registers."""
    async with softphones() as phones, phones.sdk() as sdk:
        connected = await sdk.listen(token("alice", ttl=600))
        assert connected["token"]["identity"] == "alice"
        assert 590 <= connected["token"]["ttl"] <= 600
        await sdk.register()


async def test_a_token_without_incoming_calls_does_not_register() -> None:
    """Its grant is for outgoing calls only."""
    async with softphones() as phones, phones.sdk(token(incoming=False)) as sdk:
        await sdk.send("register", media={"audio": True})
        assert (await sdk.receive("error"))["error"]["code"] == 31204


@pytest.mark.parametrize("application", [None, "AP" + "1" * 32])
async def test_a_token_without_an_application_does_not_call(application: str | None) -> None:
    """Nor does one with an unknown application: the call ends with an error, and the app is asked nothing."""
    async with softphones() as phones, phones.page(), phones.sdk(token(application=application)) as sdk:
        await sdk.send("invite", callsid="TJ1", sdp="offer", twilio={"params": "To=%2B15005550009"})
        ended = await sdk.receive("hangup")
        assert (ended["callsid"], ended["error"]["code"]) == ("TJ1", 31002)
        assert phones.app.requests == []


async def test_a_stand_in_without_an_api_key_says_so() -> None:
    """The message names the setting."""
    async with softphones(api_key_sid="") as phones, phones.sdk() as sdk:
        await sdk.send("listen", token=token())
        error = (await sdk.receive("error"))["error"]
        assert error["code"] == 31201
        assert "TWILIO_API_KEY_SID" in error["message"]


class MovedClock:
    """The stand-in's clock, which a test moves ahead."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        """The time."""
        return datetime.now(UTC) + self.ahead


async def test_a_token_that_expires_while_idle_disconnects() -> None:
    """The SDK gets the error; the same token is refused when it comes back, and a new one is accepted."""
    clock = MovedClock()
    async with softphones(pace=BRISK, clock=clock) as phones:
        short = token(ttl=60)
        async with phones.sdk(short, register=True) as sdk:
            clock.ahead = timedelta(seconds=61)
            assert (await sdk.receive("error"))["error"]["code"] == 31205
            await sdk.closed()
        async with phones.sdk() as again:
            await again.send("listen", token=short)
            assert (await again.receive("error"))["error"]["code"] == 31205
            await again.listen(token())
            await again.register()


async def test_a_token_that_expires_during_a_call_leaves_the_call() -> None:
    """The SDK gets the error, and the connection stays; with a new token it registers again."""
    clock = MovedClock()
    async with softphones(pace=BRISK, clock=clock) as phones, phones.page():
        phones.app.answers[VOICE] = twiml("<Pause length='60'/>")
        async with phones.sdk(token(ttl=60), register=True) as sdk:
            call = await sdk.invite()
            await sdk.receive("answer")
            clock.ahead = timedelta(seconds=61)
            assert (await sdk.receive("error"))["error"]["code"] == 31205
            await sdk.listen(token())
            await sdk.register()
            assert phones.standin.account.calls[call].status == "in-progress"


async def test_a_renewed_token_keeps_the_registration() -> None:
    """The SDK sends it over the same connection."""
    clock = MovedClock()
    async with softphones(pace=BRISK, clock=clock) as phones, phones.sdk(token(ttl=60), register=True) as sdk:
        await sdk.listen(token(ttl=600))
        clock.ahead = timedelta(seconds=61)
        await sdk.register()
        assert "error" not in sdk.seen
