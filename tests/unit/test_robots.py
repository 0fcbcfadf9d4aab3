"""The texts that a worker answered lately: how often the same one is answered, and how much is remembered."""

import pytest

from switchboard import robots
from switchboard.robots import RecentTexts


class Worker:
    """A worker whose time a test sets."""

    def __init__(self) -> None:
        self.now = 0.0
        self.recent = RecentTexts(lambda: self.now)
        self.texts = 0

    def answers(self, body: str = "a", sender: str = "+15005550010", recipient: str = "+15005550001") -> bool:
        """Whether one more text is answered."""
        self.texts += 1
        return self.recent.may_answer(f"SM{self.texts}", sender, recipient, body)


def test_the_same_text_is_answered_twice() -> None:
    """A person may ask once more."""
    worker = Worker()
    assert [worker.answers() for _ in range(4)] == [True, True, False, False]


def test_a_text_without_an_answer_is_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """By its SID: an empty answer alone does not say why."""
    caplog.set_level("INFO")
    worker = Worker()
    for _ in range(3):
        worker.answers()
    assert caplog.messages == ["event=text_not_answered sid=SM3 reason=repeated"]


def test_another_text_sender_or_recipient_is_counted_for_itself() -> None:
    """Only the same text to the same number of ours is a repetition."""
    worker = Worker()
    for _ in range(3):
        worker.answers()
    assert worker.answers(body="b")
    assert worker.answers(sender="+15005550011")
    assert worker.answers(recipient="+15005550002")


def test_a_text_is_answered_again_when_it_had_stopped() -> None:
    """Ten minutes after the last one."""
    worker = Worker()
    for _ in range(3):
        worker.answers()
    worker.now += robots.REMEMBERED_SECONDS
    assert worker.answers()


def test_a_text_that_never_stops_is_never_answered_again() -> None:
    """A program that texts each minute stays unanswered after the first ten minutes too."""
    worker = Worker()
    answered = 0
    for _ in range(100):
        answered += worker.answers()
        worker.now += 60
    assert answered == robots.MOST_ANSWERS


def test_memory_is_bounded() -> None:
    """The oldest text is forgotten; the newest are kept."""
    worker = Worker()
    for _ in range(3):
        worker.answers("first")
    for number in range(robots.MOST_REMEMBERED - 1):
        worker.answers(str(number))
    assert not worker.answers("first")
    for number in range(robots.MOST_REMEMBERED):
        worker.answers(f"new {number}")
    assert len(worker.recent._texts) == robots.MOST_REMEMBERED
    assert worker.answers("first")
