"""The breaker to Twilio: stopped for whom a fault of ours concerns, and told once a minute."""

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
    """A clock that stands still."""
    return HeldClock()


@pytest.fixture
def breaker(clock: HeldClock) -> CircuitBreaker:
    """A breaker that nothing has stopped."""
    return CircuitBreaker(clock)


@pytest.mark.parametrize("code", sorted(ACCOUNT_FAULTS))
def test_a_fault_stops_whom_it_concerns(breaker: CircuitBreaker, code: int) -> None:
    """Credentials stop everybody, a sender itself, and a country nobody: it is another number's turn."""
    breaker.open(FROM, fault(code))
    stopped = (not breaker.allows(FROM), not breaker.allows(SERVICE))
    if code in DESTINATION_FAULTS:
        assert stopped == (False, False)
    else:
        assert stopped == (True, code not in SENDER_FAULTS)


@pytest.mark.parametrize("code", [0, 20003])
def test_what_has_no_code_of_its_own_stops_everybody(breaker: CircuitBreaker, code: int) -> None:
    """401 without a code is the account's."""
    breaker.open(FROM, fault(code))
    assert not breaker.allows("any other")


def test_each_minute_one_may_try_again(breaker: CircuitBreaker, clock: HeldClock) -> None:
    """And one only: a hundred thousand messages that all try at once would be a load, and meet the same."""
    breaker.open(FROM, fault(20003))
    clock.pass_(59)
    assert not breaker.allows(FROM)
    clock.pass_(1)
    assert [breaker.allows(FROM) for _ in range(3)] == [True, False, False]
    clock.pass_(60)
    assert breaker.allows(FROM)


def test_who_finds_it_mended_lets_everybody_through(breaker: CircuitBreaker, clock: HeldClock) -> None:
    """At once, and for good."""
    breaker.open(FROM, fault(20003))
    breaker.open(FROM, fault(21606))
    clock.pass_(60)
    assert breaker.allows(FROM)
    breaker.close(FROM)
    assert [breaker.allows(sender) for sender in (FROM, FROM, SERVICE)] == [True, True, True]


def test_another_senders_success_does_not_mend_this_senders_fault(breaker: CircuitBreaker) -> None:
    """Its number is still not ours to send from."""
    breaker.open(FROM, fault(21606))
    breaker.close(SERVICE)
    assert not breaker.allows(FROM)
    assert breaker.allows(SERVICE)


def test_it_is_told_once_a_minute(breaker: CircuitBreaker, clock: HeldClock, caplog: pytest.LogCaptureFixture) -> None:
    """One alertable breaker, however many messages meet it."""
    for _ in range(121):
        breaker.open(FROM, fault(20003))
        clock.pass_(1)
    told = [each.getMessage() for each in caplog.records if each.levelname == "ERROR"]
    assert told == ["event=account_fault code=20003 status=400"] * 3


@pytest.mark.parametrize("code", sorted(ACCOUNT_FAULTS))
@pytest.mark.parametrize("own", [True, False])
def test_a_fault_is_the_commands_only_where_it_chose_the_sender(code: int, own: bool) -> None:
    """The same code is ours where the settings chose."""
    assert is_fault_of_command(code, has_own_sender=own) is (own and code in SENDER_FAULTS)


def test_the_tables_of_faults_do_not_overlap_and_are_account_faults() -> None:
    """A code in the wrong table would never be met."""
    assert not SENDER_FAULTS & DESTINATION_FAULTS
    assert SENDER_FAULTS | DESTINATION_FAULTS <= ACCOUNT_FAULTS
