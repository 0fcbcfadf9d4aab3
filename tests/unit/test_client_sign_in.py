"""Who gets a token: agents of numbers.toml with a client and the right key, and nobody learns more than that."""

import json
import logging

import pytest

from switchboard.client import agent_keys
from switchboard.client.sign_in import SignIn, SignInRefused, SlowDown, refused, sign_in
from switchboard.client.sign_in_limits import FREE_TRIES, MOST_REMEMBERED, SignInLimits
from switchboard.errors import ConfigurationError, SecretsUnavailable
from switchboard.numbers import Agent
from switchboard.settings import Settings
from tests.fakes import FakeSecrets
from tests.numbers_files import numbers

ADDRESS = "192.0.2.1"
KEY = "the key of alice"
NUMBERS = numbers(
    """
[agents]
alice = { client = "alice" }
bob = { client = "bob" }
carol = { number = "+351210000010" }
[[numbers]]
number = "+351210000001"
answer = { ring = ["alice"] }
"""
)


class Hand:
    """A monotonic clock that a test moves."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def keys(**by_name: str) -> FakeSecrets:
    """A vault with these keys."""
    return FakeSecrets(
        keys=agent_keys.write({n: agent_keys.AgentKey(agent_keys.hash_of(k)) for n, k in by_name.items()})
    )


async def tries(agent: str, key: str, secrets: FakeSecrets, limits: SignInLimits | None = None) -> Agent:
    """A sign-in from one address."""
    return await sign_in(SignIn(agent, key), ADDRESS, NUMBERS, secrets, limits or SignInLimits(Hand()))


async def test_the_right_key_signs_in() -> None:
    """The agent of the file, whose client is the token's identity."""
    assert (await tries("alice", KEY, keys(alice=KEY))).client == "alice"


@pytest.mark.parametrize(
    ("agent", "key", "known"),
    [
        ("alice", "another", {"alice": KEY}),
        ("alice", "", {"alice": KEY}),
        ("alice", KEY, {"bob": KEY}),
        ("alice", agent_keys.hash_of(KEY), {"alice": KEY}),
        ("alice", KEY, {}),
        ("nobody", KEY, {"nobody": KEY}),
        ("carol", KEY, {"carol": KEY}),
        ("", KEY, {"": KEY}),
        ("alice", "\ud800", {"alice": KEY}),
    ],
    ids=[
        *("wrong", "empty", "another agent's", "the hash", "revoked", "not in the file", "without a client", "no name"),
        "no text",
    ],
)
async def test_every_other_sign_in_is_refused_alike(agent: str, key: str, known: dict[str, str]) -> None:
    """The same error for each: nobody learns which agents there are."""
    with pytest.raises(SignInRefused) as error:
        await tries(agent, key, keys(**known))
    assert str(error.value) == ""


async def test_wrong_keys_slow_down() -> None:
    """Five at once; then the wait doubles, also for the right key, and ends with the right key."""
    clock, secrets = Hand(), keys(alice=KEY)
    limits = SignInLimits(clock)
    for _ in range(FREE_TRIES):
        with pytest.raises(SignInRefused):
            await tries("alice", "wrong", secrets, limits)
    for seconds in (2, 4, 8):
        with pytest.raises(SlowDown) as error:
            await tries("alice", KEY, secrets, limits)
        assert error.value.seconds == seconds
        clock.seconds += seconds
        with pytest.raises(SignInRefused):
            await tries("alice", "wrong", secrets, limits)
    clock.seconds += 16
    assert (await tries("alice", KEY, secrets, limits)).name == "alice"
    with pytest.raises(SignInRefused):
        await tries("alice", "wrong", secrets, limits)


async def test_another_address_is_not_slowed_down() -> None:
    """Somebody who tries keys does not keep the agent out."""
    limits = SignInLimits(Hand())
    for _ in range(20):
        limits.count_wrong("alice", "198.51.100.7")
    assert (await tries("alice", KEY, keys(alice=KEY), limits)).name == "alice"


def test_the_memory_of_wrong_keys_is_bounded() -> None:
    """The oldest pair is forgotten; and every pair after an hour."""
    clock = Hand()
    limits = SignInLimits(clock)
    for index in range(MOST_REMEMBERED + 1):
        for _ in range(FREE_TRIES):
            limits.count_wrong("alice", str(index))
    assert len(limits._wrong) == MOST_REMEMBERED
    assert (limits.seconds_to_wait("alice", "0"), limits.seconds_to_wait("alice", "1")) == (0, 2)
    clock.seconds = 3600
    assert limits.seconds_to_wait("alice", "1") == 0


async def test_the_log_has_one_line_and_no_secret(caplog: pytest.LogCaptureFixture) -> None:
    """An agent's name is a name of the file; any other name may be anything."""
    refused.restart()
    for name in ("alice", "sesame-9876"):
        with pytest.raises(SignInRefused):
            await tries(name, "sesame-1234", keys(alice=KEY))
    lines = [record.getMessage() for record in caplog.records]
    assert lines == [
        f"event=client_sign_in_refused agent={name} times=1 reason=wrong_key" for name in ("alice", "unknown")
    ]


async def test_the_log_of_refusals_is_bounded(caplog: pytest.LogCaptureFixture) -> None:
    """Anybody can send wrong keys, and each line costs."""
    refused.restart()
    for _ in range(100):
        with pytest.raises((SignInRefused, SlowDown)):
            await tries("alice", "wrong", keys(alice=KEY))
    assert len(caplog.records) < 10


async def test_a_sign_in_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """With the agent's name."""
    caplog.set_level(logging.INFO)
    await tries("alice", KEY, keys(alice=KEY))
    assert [record.getMessage() for record in caplog.records] == ["event=client_signed_in agent=alice times=1"]


@pytest.mark.parametrize("text", ["{", "[]", '{"alice": 1}', '{"alice": {"hash": "00"}}', "\ufeff{}"])
async def test_keys_that_cannot_be_read_are_an_error_of_ours(text: str) -> None:
    """Not a wrong key: an operator has to act. The message quotes nothing."""
    with pytest.raises(ConfigurationError, match="agent-keys: not JSON of the form") as error:
        await tries("alice", KEY, FakeSecrets(keys=text))
    assert "00" not in str(error.value)


async def test_a_vault_that_is_down_is_no_wrong_key() -> None:
    """The page can try again."""
    with pytest.raises(SecretsUnavailable):
        await tries("alice", KEY, FakeSecrets(error=SecretsUnavailable("down")))


async def test_a_hash_written_by_hand_is_read() -> None:
    """Without the object around it, in capitals too."""
    written = json.dumps({"alice": agent_keys.hash_of(KEY).upper()})
    assert (await tries("alice", KEY, FakeSecrets(keys=written))).name == "alice"


def test_a_key_is_long_and_new_each_time() -> None:
    """256 bits, in letters that a URL may hold."""
    first, second = agent_keys.new_key(), agent_keys.new_key()
    assert len(first) == 43
    assert first != second
    assert first.replace("-", "").replace("_", "").isalnum()


def test_nothing_shows_a_key_by_accident() -> None:
    """In a traceback or a log line."""
    shown = f"{SignIn('alice', KEY)!r} {agent_keys.AgentKey('00')!r} {Settings(account_sid='AC', public_origin='')!r}"
    assert "alice" not in shown
    assert "00" not in shown
