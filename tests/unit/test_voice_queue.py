"""Callers who wait: alerts, what they hear, when they leave, and what follows."""

import pytest

from tests.numbers_files import FRONT_DESK
from tests.voice_calls import CALLER, Call, only, query_of, read, said, verbs

ALICE, BOB = "+351210000010", "+351210000020"
MUSIC = "https://media.fabrikam.net/music.mp3"
FILE = f"""\
[agents]
alice = {{ number = "{ALICE}" }}
bob = {{ number = "{BOB}" }}
[queues.support]
agents = ["alice", "bob"]
most_minutes = 5
most_waiting = 2
music = "{MUSIC}"
alert = ["alice", "bob"]
[queues.sales]
agents = ["bob"]
alert = ["bob"]
otherwise = {{ queue = "support" }}
[[numbers]]
number = "{FRONT_DESK}"
name = "Front desk"
language = "en-GB"
menu.1 = {{ queue = "support" }}
menu.2 = {{ queue = "sales" }}
"""


def waiting(key: str = "1", *, caller: str = CALLER) -> Call:
    """A caller in a queue."""
    found = Call(FILE, caller=caller)
    found.start()
    found.press(key)
    return found


def texted(found: Call) -> list[str]:
    """The recipients of the texts in the last answer."""
    return [sms.attrib["to"] for sms in read(found.document).iter("Sms")]


def test_a_caller_joins_the_queue_of_the_files_name() -> None:
    """With a document of ours to hear meanwhile."""
    found = waiting()
    enqueue = only(found.document, "Enqueue")
    assert (enqueue.text, enqueue.get("waitUrl")) == ("support", "hold?name=Front+desk&queue=support&waits=1")
    assert found.said[0] == "You will be with the next free agent."


def test_agents_get_a_text_before_the_caller_waits() -> None:
    """From the number that was called, with its name and the queue's, and not the caller's number."""
    found = waiting()
    assert found.verbs == ["Say", "Sms", "Sms", "Enqueue"]
    assert texted(found) == [ALICE, BOB]
    sms = next(read(found.document).iter("Sms"))
    assert sms.get("from") == FRONT_DESK
    assert sms.text == "Front desk: a caller is waiting in support. Call this number to take the call."


def test_an_agent_who_calls_is_not_alerted_of_their_own_call() -> None:
    """A test call from a phone of the team."""
    found = Call(FILE.replace('name = "Front desk"', 'name = "Front desk"\nagent_menu = false'), caller=ALICE)
    found.start()
    found.press("1")
    assert texted(found) == [BOB]


def test_an_agent_gets_one_text_for_a_caller() -> None:
    """Also where one queue leads to another."""
    found = waiting("2")
    assert texted(found) == [BOB]
    found.wait_ends("leave", 600)
    assert texted(found) == [ALICE]


def test_a_waiting_caller_hears_position_and_music() -> None:
    """Twilio requests the next document when the music ends."""
    document = waiting().wait(QueuePosition="2", QueueTime="0", CurrentQueueSize="2")
    assert said(document) == ["You are number 2 in the line.", MUSIC]
    assert query_of(only(document, "Redirect").text or "") == {
        "name": "Front desk",
        "queue": "support",
        "again": "1",
        "waits": "1",
    }


@pytest.mark.parametrize(("position", "sentence"), [("1", ["You are next in the line."]), ("", []), ("0", [])])
def test_the_next_caller_hears_so(position: str, sentence: list[str]) -> None:
    """And nobody is number 0."""
    assert said(waiting().wait(QueuePosition=position)) == [*sentence, MUSIC]


@pytest.mark.parametrize(("seconds", "leaves"), [("299", False), ("300", True), ("86400", True)])
def test_after_the_queues_minutes_the_caller_leaves(seconds: str, leaves: bool) -> None:
    """Checked when a sound ends."""
    assert (verbs(waiting().wait(QueuePosition="1", QueueTime=seconds)) == ["Leave"]) is leaves


@pytest.mark.parametrize(("size", "leaves"), [("2", False), ("3", True)])
def test_a_queue_that_is_full_takes_nobody_more(size: str, leaves: bool) -> None:
    """Twilio's count has this caller in it."""
    assert (verbs(waiting().wait(QueuePosition=size, CurrentQueueSize=size)) == ["Leave"]) is leaves


def test_who_waits_already_is_not_sent_away_by_later_callers() -> None:
    """The size is looked at once."""
    found = waiting()
    assert verbs(found.post("hold?name=Front+desk&queue=support&again=1", CurrentQueueSize="9")) != ["Leave"]


@pytest.mark.parametrize("result", ["bridged", "hangup", "redirected"])
def test_after_an_agent_took_the_call_it_ends(result: str) -> None:
    """The wait is over."""
    found = waiting()
    found.wait_ends(result)
    assert found.verbs == ["Hangup"]


@pytest.mark.parametrize(
    ("result", "seconds", "sentence"),
    [
        ("leave", 300, "All our agents are still busy."),
        ("leave", 2, "Too many callers are waiting at the moment."),
        ("queue-full", 0, "Too many callers are waiting at the moment."),
        ("error", 0, "Too many callers are waiting at the moment."),
        ("system-error", 0, "Too many callers are waiting at the moment."),
    ],
)
def test_a_wait_in_vain_says_why_and_takes_voicemail(result: str, seconds: int, sentence: str) -> None:
    """Without an otherwise in the file."""
    found = waiting()
    found.wait_ends(result, seconds)
    assert found.said[0] == sentence
    assert "Record" in found.verbs


def test_an_overflow_leads_to_the_next_queue() -> None:
    """The queue's own otherwise, said why first; from there to voicemail in the end."""
    found = waiting("2")
    found.wait_ends("leave", 600)
    assert found.said[0] == "All our agents are still busy."
    assert only(found.document, "Enqueue").text == "support"
    found.wait_ends("leave", 600)
    assert "Record" in found.verbs


def test_a_queue_that_is_gone_from_the_file_is_left() -> None:
    """The file was edited while the caller waited."""
    found = waiting()
    assert verbs(found.post("hold?name=Front+desk&queue=gone")) == ["Leave"]
    found.post("dialed?name=Front+desk&queue=gone&action=key-1", QueueResult="leave", QueueTime="9")
    assert "Record" in found.verbs
