"""The line to Twilio: stopped for whom a fault of ours concerns, and told once a minute."""

import pytest

from switchboard.errors import ACCOUNT_FAULTS, AccountFault
from switchboard.line import DESTINATION_FAULTS, SENDER_FAULTS, Line, is_of_command
from tests.desk import FROM, SERVICE
from tests.memory import HeldClock


def fault(code: int) -> AccountFault:
    """A fault of our account."""
    return AccountFault("Twilio answered with an error", code=code, status=400)


@pytest.fixture
def clock() -> HeldClock:
    """A clock that stands still."""
    return HeldClock()


@pytest.fixture
def line(clock: HeldClock) -> Line:
    """A line that nothing has stopped."""
    return Line(clock)


@pytest.mark.parametrize("code", sorted(ACCOUNT_FAULTS))
def test_a_fault_stops_whom_it_concerns(line: Line, code: int) -> None:
    """Credentials stop everybody, a sender itself, and a country nobody: it is another number's turn."""
    line.stop(FROM, fault(code))
    stopped = (not line.lets_through(FROM), not line.lets_through(SERVICE))
    if code in DESTINATION_FAULTS:
        assert stopped == (False, False)
    else:
        assert stopped == (True, code not in SENDER_FAULTS)


@pytest.mark.parametrize("code", [0, 20003])
def test_what_has_no_code_of_its_own_stops_everybody(line: Line, code: int) -> None:
    """401 without a code is the account's."""
    line.stop(FROM, fault(code))
    assert not line.lets_through("any other")


def test_each_minute_one_may_try_again(line: Line, clock: HeldClock) -> None:
    """And one only: a hundred thousand messages that all try at once would be a load, and meet the same."""
    line.stop(FROM, fault(20003))
    clock.pass_(59)
    assert not line.lets_through(FROM)
    clock.pass_(1)
    assert [line.lets_through(FROM) for _ in range(3)] == [True, False, False]
    clock.pass_(60)
    assert line.lets_through(FROM)


def test_who_finds_it_mended_lets_everybody_through(line: Line, clock: HeldClock) -> None:
    """At once, and for good."""
    line.stop(FROM, fault(20003))
    line.stop(FROM, fault(21606))
    clock.pass_(60)
    assert line.lets_through(FROM)
    line.mend(FROM)
    assert [line.lets_through(sender) for sender in (FROM, FROM, SERVICE)] == [True, True, True]


def test_another_senders_success_does_not_mend_this_senders_fault(line: Line) -> None:
    """Its number is still not ours to send from."""
    line.stop(FROM, fault(21606))
    line.mend(SERVICE)
    assert not line.lets_through(FROM)
    assert line.lets_through(SERVICE)


def test_it_is_told_once_a_minute(line: Line, clock: HeldClock, caplog: pytest.LogCaptureFixture) -> None:
    """One alertable line, however many messages meet it."""
    for _ in range(121):
        line.stop(FROM, fault(20003))
        clock.pass_(1)
    told = [each.getMessage() for each in caplog.records if each.levelname == "ERROR"]
    assert told == ["event=account_fault code=20003 status=400"] * 3


@pytest.mark.parametrize("code", sorted(ACCOUNT_FAULTS))
@pytest.mark.parametrize("own", [True, False])
def test_a_fault_is_the_commands_only_where_it_chose_the_sender(code: int, own: bool) -> None:
    """The same code is ours where the settings chose."""
    assert is_of_command(code, own_sender=own) is (own and code in SENDER_FAULTS)


def test_the_tables_of_faults_do_not_overlap_and_are_account_faults() -> None:
    """A code in the wrong table would never be met."""
    assert not SENDER_FAULTS & DESTINATION_FAULTS
    assert SENDER_FAULTS | DESTINATION_FAULTS <= ACCOUNT_FAULTS
