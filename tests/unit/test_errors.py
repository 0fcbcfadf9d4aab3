"""Each error says what may be done about it, and none shows what a log must not hold."""

from collections.abc import Iterator

import pytest

from switchboard import errors
from switchboard.errors import (
    AccountFault,
    CommandRefused,
    NotReached,
    OptedOut,
    OutcomeUnknown,
    Rejected,
    SecretsUnavailable,
    StorageUnavailable,
    SwitchboardError,
    Throttled,
    TryLater,
    TwilioError,
    WebhookRefused,
)

# Twilio's codes by what to do about them, as its error dictionary describes them.
OURS_TO_MEND = (20003, 20005, 20404, 21603, 21606, 21608, 21701, 21703, 21704, 21705, 21408, 21215, 30002, 30032, 30034)
FOR_GOOD = (
    *(21211, 21214, 21217, 21602, 21604, 21609, 21612, 21614, 21617, 21618, 21619, 21620, 21623, 21624, 21635, 21655),
    *(21656, 30004, 30005, 30006, 30007, 30010, 30011, 30012, 30019, 63003, 63013, 63016, 63024),
)
PASSING = (14107, 21611, 30001, 30003, 30008, 30017, 30022, 30023, 30027, 30410, 30500, 63018, 63038)


def subclasses(kind: type[SwitchboardError]) -> Iterator[type[SwitchboardError]]:
    """A class and all below it."""
    yield kind
    for child in kind.__subclasses__():
        yield from subclasses(child)


def test_every_error_is_in_the_tree_that_is_drawn() -> None:
    """The module's docstring is where one looks first."""
    assert errors.__doc__ is not None
    missing = [kind.__name__ for kind in subclasses(SwitchboardError) if kind.__name__ not in errors.__doc__]
    assert not missing


@pytest.mark.parametrize(
    ("kind", "retryable"),
    [
        (Throttled, True),
        (NotReached, True),
        (TryLater, True),
        (OutcomeUnknown, True),
        (AccountFault, True),
        (SecretsUnavailable, True),
        (StorageUnavailable, True),
        (Rejected, False),
        (OptedOut, False),
        (CommandRefused, False),
        (WebhookRefused, False),
    ],
)
def test_whether_it_may_be_tried_again_is_a_fact_of_the_error(kind: type[SwitchboardError], retryable: bool) -> None:
    """What may pass by itself is; what is wrong with the request is not."""
    assert kind.retryable is retryable


@pytest.mark.parametrize(
    ("kind", "codes"), [(AccountFault, OURS_TO_MEND), (Rejected, FOR_GOOD), (OptedOut, (21610,)), (TryLater, PASSING)]
)
def test_twilios_code_says_what_may_be_done(kind: type[TwilioError], codes: tuple[int, ...]) -> None:
    """Each code of the table is of its class exactly."""
    assert [code for code in codes if type(errors.error_for(400, code)) is not kind] == []


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (429, 0, Throttled),
        (429, 21211, Throttled),
        (400, 20429, Throttled),
        (500, 0, OutcomeUnknown),
        (503, 20500, OutcomeUnknown),
        (401, 0, AccountFault),
        (403, 0, AccountFault),
        (404, 0, AccountFault),
        (400, 0, Rejected),
        (404, 99999, Rejected),
    ],
)
def test_without_a_code_of_the_table_the_status_says_it(status: int, code: int, kind: type[TwilioError]) -> None:
    """An answer of 4xx is a no; of 5xx, nobody knows."""
    assert type(errors.error_for(status, code)) is kind


def test_a_twilio_error_keeps_what_twilio_said_out_of_its_own_words() -> None:
    """The sentence may quote a number: it is for events."""
    error = errors.error_for(400, 21211, "The 'To' number +15005550010 is not valid.", retry_after=3.0)
    assert str(error) == "Twilio answered with an error (code 21211, status 400)"
    assert (error.twilio_message, error.retry_after) == ("The 'To' number +15005550010 is not valid.", 3.0)


def test_a_silent_answer_says_our_own_sentence() -> None:
    """An event's reason is never empty."""
    assert errors.error_for(400, 21211).twilio_message == "Twilio answered with an error"


@pytest.mark.parametrize("code", [*PASSING, 20429])
def test_a_failure_that_passes_may_be_asked_for_again(code: int) -> None:
    """In a status callback the same codes mean the same."""
    assert errors.is_retryable(code)


@pytest.mark.parametrize("code", [0, 21610, *FOR_GOOD, *OURS_TO_MEND])
def test_a_failure_that_stays_may_not(code: int) -> None:
    """Asking again would meet the same answer."""
    assert not errors.is_retryable(code)


def test_a_reason_shows_a_long_value_shortened() -> None:
    """80 characters are enough to find it again."""
    assert CommandRefused("x: no", "a" * 80).reason == f'x: no: "{"a" * 80}"'
    assert CommandRefused("x: no", "a" * 81).reason == f'x: no: "{"a" * 77}..."'


def test_our_own_errors_are_described_by_their_words() -> None:
    """They are safe by construction."""
    assert errors.describe(WebhookRefused("no header")) == "WebhookRefused: no header"


def raise_quoting(number: str) -> None:
    """Fail as a library does that quotes what it met."""
    raise ValueError(f"cannot text {number}")


def test_a_strangers_error_is_described_by_type_and_place_alone() -> None:
    """What it quotes stays out; where it happened is told."""
    try:
        raise_quoting("+15005550010")
    except ValueError as error:
        described = errors.describe(error)
    assert described.startswith("ValueError at ")
    assert "test_errors.py" in described
    assert described.endswith(" raise_quoting")
    assert "+15005550010" not in described


def test_an_error_that_was_never_raised_has_no_place() -> None:
    """It is described all the same."""
    assert errors.describe(ValueError("+15005550010")) == "ValueError at an unknown place"
