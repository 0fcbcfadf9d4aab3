"""The number of log lines for refused webhooks: a forged request is free for its sender, a log line is not for us."""

import re

import pytest

from switchboard.refusal_log import SINGLE_LINES, RefusalLog


class Clock:
    """A clock that the test sets."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def refuse(log: RefusalLog, times: int) -> None:
    """Logs a number of refusals."""
    for _ in range(times):
        log.log("voice_incoming", "the signature does not fit")


def covered(caplog: pytest.LogCaptureFixture) -> list[int]:
    """The number of refusals that each line covers."""
    return [int(re.findall(r" times=(\d+) ", record.getMessage())[0]) for record in caplog.records]


@pytest.fixture
def clock() -> Clock:
    """A clock that does not move by itself."""
    return Clock()


@pytest.fixture
def log(clock: Clock) -> RefusalLog:
    """A log with that clock."""
    return RefusalLog(clock)


def test_a_few_refusals_are_logged_one_by_one(log: RefusalLog, caplog: pytest.LogCaptureFixture) -> None:
    """With function and reason, which an operator needs."""
    refuse(log, SINGLE_LINES)
    assert {record.getMessage() for record in caplog.records} == {
        "event=webhook_refused function=voice_incoming times=1 reason=the signature does not fit"
    }
    assert len(caplog.records) == SINGLE_LINES


def test_a_flood_is_logged_as_counts(log: RefusalLog, caplog: pytest.LogCaptureFixture) -> None:
    """Each line covers twice as many as the one before, so a hundred thousand are fewer than twenty lines."""
    refuse(log, 100_000)
    assert covered(caplog)[: SINGLE_LINES + 3] == [1] * SINGLE_LINES + [10, 20, 40]
    assert len(caplog.records) < 20


def test_the_next_line_covers_refusals_without_a_line(
    log: RefusalLog, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """The counts add up to the number of refusals, also over minutes."""
    refuse(log, 100)
    before = sum(covered(caplog))
    clock.now = 61
    refuse(log, 1)
    assert before < 100
    assert sum(covered(caplog)) == 101


def test_each_minute_begins_with_single_lines(log: RefusalLog, clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    """After a flood, new refusals are seen one by one again."""
    refuse(log, 15)
    clock.now = 60
    caplog.clear()
    refuse(log, SINGLE_LINES)
    assert covered(caplog) == [1] * SINGLE_LINES


def test_a_flood_is_visible_while_it_lasts(log: RefusalLog, caplog: pytest.LogCaptureFixture) -> None:
    """At least a quarter of the refusals at any time: the alert sees the size of a flood before its end."""
    total = 0
    for refused in range(1, 3_000):
        refuse(log, 1)
        total += sum(covered(caplog))
        caplog.clear()
        assert total * 4 >= refused
