"""The circuit breaker: which senders a fault stops, for how long, and when it is logged."""

import pytest

from switchboard.delivery.circuit_breaker import DESTINATION_FAULTS, SENDER_FAULTS, CircuitBreaker, is_fault_of_command
from switchboard.errors import ACCOUNT_FAULTS, AccountFault
from tests.fake_worker import FROM, SERVICE
from tests.memory import HeldClock


def fault(code: int) -> AccountFault:
    """A fault of our account."""
    return AccountFault("Twilio answered with an error", code=code, status=400)


@pytest.fixture
def clock() -> HeldClock:
    """A clock that a test moves."""
    return HeldClock()


@pytest.fixture
def breaker(clock: HeldClock) -> CircuitBreaker:
    """A closed breaker."""
    return CircuitBreaker(clock)


@pytest.mark.parametrize("code", sorted(ACCOUNT_FAULTS))
def test_a_fault_stops_the_senders_in_its_scope(breaker: CircuitBreaker, code: int) -> None:
    """Credentials stop every sender, a sender's fault that sender, a destination's fault none."""
    breaker.open(FROM, fault(code))
    stopped = (not breaker.allows(FROM), not breaker.allows(SERVICE))
    if code in DESTINATION_FAULTS:
        assert stopped == (False, False)
    else:
        assert stopped == (True, code not in SENDER_FAULTS)


@pytest.mark.parametrize("code", [0, 20003])
def test_a_fault_without_a_code_stops_every_sender(breaker: CircuitBreaker, code: int) -> None:
    """401 without a code is a fault of the account."""
    breaker.open(FROM, fault(code))
    assert not breaker.allows("any other")


def test_an_open_breaker_allows_one_command_per_minute(breaker: CircuitBreaker, clock: HeldClock) -> None:
    """A hundred thousand commands at once would be a load, and get the same error."""
    breaker.open(FROM, fault(20003))
    clock.pass_(59)
    assert not breaker.allows(FROM)
    clock.pass_(1)
    assert [breaker.allows(FROM) for _ in range(3)] == [True, False, False]
    clock.pass_(60)
    assert breaker.allows(FROM)


def test_a_success_closes_the_breaker(breaker: CircuitBreaker, clock: HeldClock) -> None:
    """At once, for every sender."""
    breaker.open(FROM, fault(20003))
    breaker.open(FROM, fault(21606))
    clock.pass_(60)
    assert breaker.allows(FROM)
    breaker.close(FROM)
    assert [breaker.allows(sender) for sender in (FROM, FROM, SERVICE)] == [True, True, True]


def test_a_success_of_another_sender_leaves_a_senders_fault(breaker: CircuitBreaker) -> None:
    """Twilio still refuses this sender."""
    breaker.open(FROM, fault(21606))
    breaker.close(SERVICE)
    assert not breaker.allows(FROM)
    assert breaker.allows(SERVICE)


def test_a_fault_is_logged_once_per_minute(
    breaker: CircuitBreaker, clock: HeldClock, caplog: pytest.LogCaptureFixture
) -> None:
    """However many commands get it: the alert queries this line."""
    for _ in range(121):
        breaker.open(FROM, fault(20003))
        clock.pass_(1)
    lines = [each.getMessage() for each in caplog.records if each.levelname == "ERROR"]
    assert lines == ["event=account_fault code=20003 status=400"] * 3


@pytest.mark.parametrize("code", sorted(ACCOUNT_FAULTS))
@pytest.mark.parametrize("own", [True, False])
def test_a_fault_is_the_commands_own_only_when_it_names_the_sender(code: int, own: bool) -> None:
    """The same code is a fault of the settings when they name the sender."""
    assert is_fault_of_command(code, has_own_sender=own) is (own and code in SENDER_FAULTS)


def test_the_tables_of_faults_do_not_overlap_and_are_account_faults() -> None:
    """A code in the wrong table would never have an effect."""
    assert not SENDER_FAULTS & DESTINATION_FAULTS
    assert SENDER_FAULTS | DESTINATION_FAULTS <= ACCOUNT_FAULTS
