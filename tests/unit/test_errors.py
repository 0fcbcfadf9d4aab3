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
    WebhookRefused,
)


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
    """What it quotes stays out; the place of the error is in."""
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
