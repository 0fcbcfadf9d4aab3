"""Which of the app's lines the stack's terminal shows."""

from __future__ import annotations

import pytest

from local.stack import without_empty_queues

NUMBERED = "12:00:00 measure_queues event=queue_depth queue=sms-outbox messages={} oldest_seconds={}"


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (NUMBERED.format(0, 0), False),
        (NUMBERED.format(3, 0), True),
        (NUMBERED.format(10, 400), True),
        ("12:00:00 send_sms event=command_accepted queue=sms-outbox", True),
    ],
)
def test_an_empty_queue_is_no_line(line: str, shown: bool) -> None:
    """One with messages is."""
    lines: list[str] = []
    without_empty_queues(lines.append)(line)
    assert lines == [line] * shown
