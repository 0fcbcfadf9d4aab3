"""The exception tree: whether each error may be retried, and what of it a log may contain."""

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
    """A class and all its subclasses."""
    yield kind
    for child in kind.__subclasses__():
        yield from subclasses(child)


def test_every_error_is_in_the_documented_tree() -> None:
    """The module's docstring draws it."""
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
def test_each_error_says_whether_it_is_retryable(kind: type[SwitchboardError], retryable: bool) -> None:
    """A temporary failure is; an invalid request is not."""
    assert kind.retryable is retryable


@pytest.mark.parametrize(
    ("kind", "codes"), [(AccountFault, OURS_TO_MEND), (Rejected, FOR_GOOD), (OptedOut, (21610,)), (TryLater, PASSING)]
)
def test_a_twilio_code_gives_the_error(kind: type[TwilioError], codes: tuple[int, ...]) -> None:
    """Each code of the table has exactly its class."""
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
def test_the_status_gives_the_error_of_an_unknown_code(status: int, code: int, kind: type[TwilioError]) -> None:
    """4xx is a rejection; 5xx is an unknown outcome."""
    assert type(errors.error_for(status, code)) is kind


def test_the_text_form_of_a_twilio_error_has_no_message_of_twilios() -> None:
    """Twilio's message may quote a number; it is for events."""
    error = errors.error_for(400, 21211, "The 'To' number +15005550010 is not valid.", retry_after=3.0)
    assert str(error) == "Twilio answered with an error (code 21211, status 400)"
    assert (error.twilio_message, error.retry_after) == ("The 'To' number +15005550010 is not valid.", 3.0)


def test_an_answer_without_a_message_has_our_sentence() -> None:
    """An event's reason is never empty."""
    assert errors.error_for(400, 21211).twilio_message == "Twilio answered with an error"


@pytest.mark.parametrize("code", [*PASSING, 20429])
def test_a_temporary_delivery_failure_is_retryable(code: int) -> None:
    """By the error code of a status callback."""
    assert errors.is_retryable(code)


@pytest.mark.parametrize("code", [0, 21610, *FOR_GOOD, *OURS_TO_MEND])
def test_a_permanent_delivery_failure_is_not_retryable(code: int) -> None:
    """The same text would fail again."""
    assert not errors.is_retryable(code)


def test_a_long_value_in_a_reason_is_shortened() -> None:
    """80 characters identify it."""
    assert CommandRefused("x: no", "a" * 80).reason == f'x: no: "{"a" * 80}"'
    assert CommandRefused("x: no", "a" * 81).reason == f'x: no: "{"a" * 77}..."'


def test_an_error_of_ours_is_described_by_its_message() -> None:
    """Our messages contain no value."""
    assert errors.describe(WebhookRefused("no header")) == "WebhookRefused: no header"


def raise_quoting(number: str) -> None:
    """Raises an error as a library does, with a number in its message."""
    raise ValueError(f"cannot text {number}")


def test_an_error_of_a_library_is_described_by_type_and_location() -> None:
    """Its message may quote numbers and texts."""
    try:
        raise_quoting("+15005550010")
    except ValueError as error:
        described = errors.describe(error)
    assert described.startswith("ValueError at ")
    assert "test_errors.py" in described
    assert described.endswith(" raise_quoting")
    assert "+15005550010" not in described


def test_an_error_that_was_never_raised_has_no_location() -> None:
    """The description is its type."""
    assert errors.describe(ValueError("+15005550010")) == "ValueError at an unknown place"
