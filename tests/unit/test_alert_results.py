"""What each query answers: on a workspace whose tables do not exist yet, on empty tables, and on a few rows."""

from typing import NamedTuple

import pytest

from tests.log_analytics import Line, Request, Workspace
from tests.unit.test_alerts import EVERY_QUERY, FILES, known

ABSENT = Workspace()
EMPTY = Workspace(traces=(), requests=())
CALL = "https://app.example.com/api/voice/incoming"
REFUSED = "event=webhook_refused function=voice_incoming times=1 reason=the signature does not fit"


def depth(minute: float, queue: str, messages: int, oldest: int = 0) -> Line:
    """The line that the app logs each five minutes for each queue."""
    return Line(minute, f"event=queue_depth queue={queue} messages={messages} oldest_seconds={oldest}")


def letter(minute: float, message: str) -> Line:
    """A message was moved to dead-letter."""
    return Line(minute, f"event=dead_letter queue=sms-outbox message={message}")


def accepted(minute: float, queue: str = "sms-outbox") -> Line:
    """Twilio accepted a command."""
    return Line(minute, f"event=command_accepted queue={queue} id=t1 sid=SM1 attempt=0 seconds=0.4")


class Case(NamedTuple):
    """Rows in the window of an alert, and whether its query has an answer then."""

    alert: str
    situation: str
    answers: bool
    traces: tuple[Line, ...] = ()
    requests: tuple[Request, ...] = ()


FULL = (depth(5, "sms-outbox", 10, 100), depth(25, "sms-outbox", 12, 1300))
CASES = [
    Case("account-fault", "the app works", False, (accepted(1), depth(5, "events", 0))),
    Case("account-fault", "Twilio refuses the account", True, (Line(1, "event=account_fault code=20003 status=401"),)),
    Case(
        "account-fault",
        "the secret of the REST requests is missing",
        True,
        (Line(1, "event=command_paused id=sms:t1 attempt=0 error=twilio-api-key-secret: absent"),),
    ),
    Case(
        "account-fault",
        "a command fails by something else",
        False,
        (Line(1, "event=queue_failed queue=sms-outbox message=m1 error=StorageUnavailable"),),
    ),
    Case("dead-letter", "queues are empty", False, (depth(1, "dead-letter", 0), depth(1, "sms-outbox-poison", 0))),
    Case("dead-letter", "outboxes are full", False, (depth(1, "sms-outbox", 9), depth(1, "events", 9))),
    Case("dead-letter", "a letter is written", True, (letter(1, "m1"),)),
    Case("dead-letter", "an old letter is still there", True, (depth(1, "dead-letter", 1), depth(6, "dead-letter", 1))),
    Case("dead-letter", "the last letter is gone", False, (depth(1, "dead-letter", 1), depth(6, "dead-letter", 0))),
    Case("dead-letter", "a poison queue is not emptied", True, (depth(1, "call-outbox-poison", 2),)),
    Case(
        "dead-letter",
        "a poison function fails",
        True,
        (Line(1, "event=queue_failed queue=sms-outbox-poison message=m1 error=StorageUnavailable"),),
    ),
    Case("needs-decision", "a delivery ends", False, (accepted(1),)),
    Case("needs-decision", "a delivery is unresolved", True, (Line(1, "event=delivery_unresolved id=t1 attempt=0"),)),
    Case("needs-decision", "a command was sent twice", True, (Line(1, "event=duplicate_sid id=t1 attempt=0 sid=SM2"),)),
    Case("outbox-stalled", "it does not empty", True, FULL),
    Case("outbox-stalled", "it does not empty, and Twilio accepts", False, (*FULL, accepted(20))),
    Case("outbox-stalled", "Twilio accepts from the other one", True, (*FULL, accepted(20, "call-outbox"))),
    Case("outbox-stalled", "it empties", False, (FULL[0], depth(25, "sms-outbox", 9, 1300))),
    Case("outbox-stalled", "its messages are young", False, (FULL[0], depth(25, "sms-outbox", 12, 200))),
    Case("outbox-stalled", "events are not taken", False, (depth(5, "events", 9, 9000),)),
    Case("server-errors", "requests are answered", False, (), (Request(1, CALL, 200, 100),)),
    Case("server-errors", "one in twenty fails", False, (), (Request(1, CALL, 200, 95), Request(2, CALL, 503, 5))),
    Case("server-errors", "more fail", True, (), (Request(1, CALL, 200, 94), Request(2, CALL, 500, 6))),
    Case("server-errors", "the only four fail", False, (), (Request(1, CALL, 500, 4),)),
    Case("server-errors", "queue functions fail", False, (), (Request(1, "", 500, 50),)),
    Case("silence", "the app measures its queues", True, (depth(5, "events", 0),)),
    Case("silence", "only other lines are logged", False, (accepted(1),)),
    Case("webhooks-failing", "two fail", False, (Line(1, "event=webhook_failed function=x error=KeyError"),) * 2),
    Case("webhooks-failing", "a flow fails", True, (Line(1, "event=flow_failed flow=x id=CA1 reason=KeyError"),) * 3),
    Case("webhooks-failing", "three fail", True, (Line(1, "event=webhook_unready function=x error=Absent"),) * 3),
    Case("webhooks-refused", "three, and others are served", False, (Line(1, REFUSED),) * 3, (Request(1, CALL, 200),)),
    Case("webhooks-refused", "three, and none is served", True, (Line(1, REFUSED),) * 3, (Request(1, CALL, 403, 3),)),
    Case("webhooks-refused", "two, and none is served", False, (Line(1, REFUSED),) * 2),
    Case(
        "webhooks-refused",
        "many, logged as a count, and others are served",
        True,
        (Line(1, REFUSED.replace("times=1", "times=40")),),
        (Request(1, CALL, 200),),
    ),
    Case("webhooks-refused", "21, and others are served", True, (Line(1, REFUSED),) * 21, (Request(1, CALL, 200),)),
]


@pytest.mark.parametrize("workspace", [ABSENT, EMPTY], ids=["no table", "empty tables"])
@pytest.mark.parametrize("name", EVERY_QUERY)
def test_a_query_answers_nothing_before_the_first_row(name: str, workspace: Workspace) -> None:
    """It does not fail: Azure disables a rule whose query fails for a week, and `silence` would never fire."""
    assert workspace.query(EVERY_QUERY[name]) == []


@pytest.mark.parametrize("name", EVERY_QUERY)
def test_a_query_answers_when_only_one_table_exists(name: str) -> None:
    """The first log line may arrive before the first request, and the reverse."""
    assert Workspace(traces=()).query(EVERY_QUERY[name]) == []
    assert Workspace(requests=()).query(EVERY_QUERY[name]) == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.alert}: {case.situation}")
def test_a_query_answers_in_its_situation(case: Case) -> None:
    """Rows mean that the alert fires; for `silence`, that it does not."""
    rows = Workspace(case.traces, case.requests).query(FILES[case.alert])
    assert bool(rows) is case.answers, rows


def test_every_alert_has_both_kinds_of_situation() -> None:
    """One in which its query answers, and one in which it does not."""
    assert {(case.alert, case.answers) for case in CASES} == {(name, each) for name in FILES for each in (True, False)}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.alert}: {case.situation}")
def test_the_lines_of_a_situation_are_the_apps(case: Case) -> None:
    """Each begins with an event that the code logs, and has the keys of its lines."""
    for line in case.traces:
        event, *words = line.message.removeprefix("event=").split(" ")
        assert known(event) <= {word.partition("=")[0] for word in words}


def test_a_second_letter_is_an_alert_of_its_own() -> None:
    """Each message and each queue has a subject, by which the rule is split: the second one is mailed too."""
    one = Workspace([letter(1, "m1"), depth(5, "dead-letter", 1)], ()).query(FILES["dead-letter"])
    two = Workspace([letter(1, "m1"), letter(6, "m2"), depth(10, "dead-letter", 2)], ()).query(FILES["dead-letter"])
    assert {row["Subject"] for row in one} == {"message m1", "queue dead-letter"}
    assert {row["Subject"] for row in two} == {"message m1", "message m2", "queue dead-letter"}


def test_a_second_unresolved_delivery_is_an_alert_of_its_own() -> None:
    """Its subject is the delivery's id."""
    lines = [Line(minute, f"event=delivery_unresolved id=t{minute} attempt=0") for minute in (1, 2)]
    assert {row["Subject"] for row in Workspace(lines, ()).query(FILES["needs-decision"])} == {"t1", "t2"}


@pytest.mark.parametrize("chart", ["sent", "received", "states", "depth", "waited", "refused", "rejected"])
def test_a_chart_shows_its_rows(chart: str) -> None:
    """On a workspace with a line or a request for each."""
    lines = [
        accepted(1),
        depth(2, "events", 3),
        Line(3, REFUSED),
        Line(4, "event=command_ended state=rejected queue=sms-outbox id=t1 code=21211"),
    ]
    assert Workspace(lines, [Request(1, CALL, 200)]).query(EVERY_QUERY[chart])
