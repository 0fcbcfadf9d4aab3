"""The circuit breaker: open while the account, a sender or an unknown code is at fault, with one probe per minute."""

import pytest

from switchboard.delivery.circuit_breaker import RECIPIENTS_IN_A_ROW, CircuitBreaker, is_fault_of_command
from switchboard.delivery.record import DeliveryKey
from switchboard.errors import AccountFault, DestinationFault, SenderFault, UnknownCode
from switchboard.twilio_codes import error_for
from tests.fake_worker import FROM, SERVICE
from tests.memory import HeldClock

CODE = 99999


def fault(code: int, status: int = 400) -> AccountFault:
    """A fault of ours with this code."""
    error = error_for(status, code)
    assert isinstance(error, AccountFault)
    return error


def unknown(code: int = CODE) -> UnknownCode:
    """A refusal with a code that the table does not have."""
    return UnknownCode("Twilio answered with an error", code=code, status=400)


def key(number: int) -> DeliveryKey:
    """A text to the recipient of this number."""
    return DeliveryKey.of("sms", f"+1500555{number:04d}", "t1")


@pytest.fixture
def clock() -> HeldClock:
    """A clock that stands still."""
    return HeldClock()


@pytest.fixture
def breaker(clock: HeldClock) -> CircuitBreaker:
    """A closed breaker."""
    return CircuitBreaker(clock)


def refuse(breaker: CircuitBreaker, numbers: range, code: int = CODE) -> list[bool]:
    """Refuse texts to these recipients with an unknown code: which refusals are final."""
    return [breaker.is_final(FROM, key(number), unknown(code)) for number in numbers]


@pytest.mark.parametrize(
    ("code", "allowed"),
    [
        (20003, {"sender": False, "other": False, "call": False}),
        (10001, {"sender": False, "other": False, "call": False}),
        (10005, {"sender": True, "other": True, "call": False}),
        (30037, {"sender": False, "other": False, "call": True}),
        (21606, {"sender": False, "other": True, "call": False}),
        (21659, {"sender": False, "other": True, "call": False}),
        (21408, {"sender": True, "other": True, "call": True}),
        (21703, {"sender": True, "other": True, "call": True}),
    ],
)
def test_a_fault_stops_what_it_concerns(breaker: CircuitBreaker, code: int, allowed: dict[str, bool]) -> None:
    """The account every command, calls or texts alone their own, a sender its own, a destination none."""
    breaker.note_answer("call" if code == 10005 else "sms", FROM, fault(code))
    found = {
        "sender": breaker.allows("sms", FROM),
        "other": breaker.allows("sms", SERVICE),
        "call": breaker.allows("call", FROM),
    }
    assert found == allowed


@pytest.mark.parametrize("status", [301, 401, 403, 404, 407])
def test_an_answer_without_a_code_stops_every_sender(breaker: CircuitBreaker, status: int) -> None:
    """Credentials, the account or the path to Twilio are wrong for all."""
    breaker.note_answer("sms", FROM, fault(0, status))
    assert not breaker.allows("call", "any other")


def test_one_command_per_minute_is_a_probe(breaker: CircuitBreaker, clock: HeldClock) -> None:
    """And one only: a hundred thousand commands that all try at once would be a load, and get the same error."""
    breaker.note_answer("sms", FROM, fault(20003))
    clock.pass_(59)
    assert not breaker.allows("sms", FROM)
    clock.pass_(1)
    assert [breaker.allows("sms", FROM) for _ in range(3)] == [True, False, False]
    clock.pass_(60)
    assert breaker.allows("sms", FROM)


def test_an_acceptance_closes_it(breaker: CircuitBreaker) -> None:
    """For the account and for the sender, at once."""
    breaker.note_answer("sms", FROM, fault(20003))
    breaker.note_answer("sms", FROM, fault(21606))
    breaker.close("sms", FROM)
    assert breaker.allows("sms", FROM)
    assert breaker.allows("sms", SERVICE)


@pytest.mark.parametrize("code", [21211, 21610, 21617])
def test_a_rejection_closes_it(breaker: CircuitBreaker, code: int) -> None:
    """Twilio examined the command, so credentials and sender are good."""
    breaker.note_answer("sms", FROM, fault(20003))
    breaker.note_answer("sms", FROM, error_for(400, code))
    assert breaker.allows("sms", FROM)


def test_an_acceptance_of_one_sender_does_not_close_another(breaker: CircuitBreaker) -> None:
    """The other sender is still at fault."""
    breaker.note_answer("sms", FROM, fault(21606))
    breaker.close("sms", SERVICE)
    assert not breaker.allows("sms", FROM)


def test_it_logs_once_per_minute(breaker: CircuitBreaker, clock: HeldClock, caplog: pytest.LogCaptureFixture) -> None:
    """However many commands get the error: an alert counts lines."""
    for _ in range(100):
        breaker.note_answer("sms", FROM, fault(20003))
    clock.pass_(60)
    breaker.note_answer("sms", FROM, fault(21408))
    lines = [record.getMessage() for record in caplog.records]
    assert lines == ["event=account_fault code=20003 status=400", "event=account_fault code=21408 status=400"]


@pytest.mark.parametrize("own", [True, False])
def test_a_sender_that_the_command_names_is_the_commands_fault(own: bool) -> None:
    """Only a sender's fault: the account is never the command's."""
    assert is_fault_of_command(SenderFault("x", code=21606), has_own_sender=own) is own
    assert not is_fault_of_command(AccountFault("x", code=20003), has_own_sender=own)
    assert not is_fault_of_command(DestinationFault("x", code=21408), has_own_sender=own)


def test_ten_unknown_refusals_in_a_row_stop_the_sender(
    breaker: CircuitBreaker, caplog: pytest.LogCaptureFixture
) -> None:
    """Each of the ten ended its command; the rest of the queue waits, with an alert."""
    assert refuse(breaker, range(RECIPIENTS_IN_A_ROW)) == [True] * RECIPIENTS_IN_A_ROW
    assert not breaker.allows("sms", FROM)
    assert breaker.allows("sms", SERVICE)
    assert f"event=account_fault code={CODE} status=400" in caplog.text


def test_ten_refusals_for_one_recipient_stop_nobody(breaker: CircuitBreaker) -> None:
    """It is that recipient's, whatever the code means."""
    for _ in range(20):
        assert breaker.is_final(FROM, key(1), unknown())
    assert breaker.allows("sms", FROM)


def test_another_code_begins_a_new_row(breaker: CircuitBreaker) -> None:
    """Nine of one and nine of another are two faults, each of some commands."""
    refuse(breaker, range(9))
    refuse(breaker, range(9, 18), code=88888)
    assert breaker.allows("sms", FROM)


def test_an_acceptance_in_between_begins_a_new_row(breaker: CircuitBreaker) -> None:
    """The sender is good."""
    refuse(breaker, range(9))
    breaker.close("sms", FROM)
    refuse(breaker, range(9, 18))
    assert breaker.allows("sms", FROM)


@pytest.mark.parametrize("code", [21211, 21617, 21610, 20429])
def test_a_known_refusal_in_between_does_not_count(breaker: CircuitBreaker, code: int) -> None:
    """It says nothing about the unknown one: the tenth still stops the sender."""
    refuse(breaker, range(9))
    breaker.note_answer("sms", FROM, error_for(400, code))
    assert breaker.allows("sms", FROM)
    refuse(breaker, range(9, 10))
    assert not breaker.allows("sms", FROM)


def test_a_refused_probe_waits_and_ends_when_it_is_refused_again(breaker: CircuitBreaker) -> None:
    """Paused at first, because the sender may be at fault; rejected at last, so that nothing waits for ever."""
    refuse(breaker, range(RECIPIENTS_IN_A_ROW))
    assert refuse(breaker, range(20, 22)) == [False, False]
    assert refuse(breaker, range(20, 22)) == [True, True]
    assert not breaker.allows("sms", FROM)


@pytest.mark.parametrize("code", [0, 21211, 21610, 20429, 20003])
def test_any_other_answer_to_a_probe_ends_the_row(breaker: CircuitBreaker, code: int) -> None:
    """The unknown refusal is not what every command gets; an account fault stops on its own account."""
    refuse(breaker, range(RECIPIENTS_IN_A_ROW))
    if code:
        breaker.note_answer("sms", FROM, error_for(400, code))
    else:
        breaker.close("sms", FROM)
    assert breaker.allows("sms", FROM) is (code != 20003)
    assert refuse(breaker, range(20, 21)) == [True]


@pytest.mark.parametrize("answer", ["sender", "destination", "unknown"])
def test_an_answer_about_the_command_shows_that_the_account_works(breaker: CircuitBreaker, answer: str) -> None:
    """Repaired credentials are noticed though the probe's own sender or destination is at fault."""
    breaker.note_answer("sms", FROM, fault(20003))
    if answer == "unknown":
        breaker.is_final(FROM, key(1), unknown())
    else:
        breaker.note_answer("sms", FROM, fault(21606 if answer == "sender" else 21408))
    assert breaker.allows("sms", SERVICE)


@pytest.mark.parametrize("name", ["both", "every", "sms", "call", "kind"])
def test_a_sender_may_have_any_name(breaker: CircuitBreaker, name: str) -> None:
    """A sender name of a command stops nobody else."""
    breaker.note_answer("sms", name, fault(21606))
    assert not breaker.allows("sms", name)
    assert breaker.allows("sms", FROM)
    assert breaker.allows("call", FROM)


def test_another_unknown_code_while_it_is_open_is_a_probe_too(breaker: CircuitBreaker) -> None:
    """The sender is under suspicion: the command waits, whatever the code is this time."""
    refuse(breaker, range(RECIPIENTS_IN_A_ROW))
    assert refuse(breaker, range(20, 22), code=88888) == [False, False]
    assert not breaker.allows("sms", FROM)
