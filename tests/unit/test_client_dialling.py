"""What a browser may dial: each row of the table, and that of a forged page only `To` is read."""

from urllib.parse import urljoin

import msgspec
import pytest

from switchboard.client import dialling
from switchboard.client.call_limits import CALLS_PER_HOUR, CallLimits
from switchboard.form import Form, Verified
from switchboard.numbers import Numbers
from switchboard.prompts.en import PROMPTS
from switchboard.settings import Settings
from tests.numbers_files import numbers
from tests.voice_calls import Call, only, said, verbs

LISBON = "+351210000001"
FILE = """
caller_id = "+351210000002"
[agents]
alice = { client = "alice" }
bob = { client = "bob" }
carol = { number = "+351210000011", pin = "1357" }
[queues.support]
agents = ["alice"]
[queues.sales]
agents = ["bob"]
[[numbers]]
number = ["+351210000001", "12345"]
name = "Front desk"
greeting = "Welcome."
menu.1 = { label = "sales", queue = "sales" }
"""
NUMBERS = numbers(FILE)
SETTINGS = Settings(account_sid="AC", public_origin="https://voice.fabrikam.net")
ALICE = "client:alice"


def dial(destination: str, sender: str = ALICE, more: dict[str, str] | None = None) -> dialling.Answer:
    """What is answered when a browser dials."""
    form = {"From": sender, "To": destination, "CallSid": "CA1"} | (more or {})
    return ask({name: [value] for name, value in form.items()})


def ask(form: dict[str, list[str]], query: str = "", known: Numbers = NUMBERS) -> dialling.Answer:
    """The answer to a verified webhook."""
    verified = Verified(Form.parse(query), Form(form))
    return dialling.answer(verified, known, SETTINGS, CallLimits(lambda: 0.0))


def test_a_number_is_dialled_with_the_teams_caller_id() -> None:
    """And the call is not answered before the other side is."""
    document = dial("+351 213-456.789").document
    found = only(document, "Dial")
    assert found.attrib == {
        "action": "voice?dialled=number",
        "answerOnBridge": "true",
        "callerId": "+351210000002",
        "method": "POST",
        "timeout": "45",
    }
    assert only(document, "Number").text == "+351213456789"


def test_what_is_checked_is_what_is_dialled() -> None:
    """The 0 that people write after a country code is gone: a number that reads differently is no other number."""
    british = numbers(FILE.replace("+351210000002", "+442079460001"))
    form = {"From": [ALICE], "To": ["+44 (0)20 7946 0000"]}
    assert only(ask(form, known=british).document, "Number").text == "+442079460000"


def test_another_agents_browser_rings() -> None:
    """It shows who calls; Twilio needs a caller ID for it."""
    document = dial("client:bob").document
    assert only(document, "Identity").text == "bob"
    assert only(document, "Parameter").attrib == {"name": "caller", "value": ALICE}
    assert only(document, "Dial").attrib["callerId"] == "+351210000002"


def test_the_next_caller_of_an_own_queue() -> None:
    """Connected at once: a queue does not ring."""
    document = dial("queue:support").document
    assert only(document, "Queue").text == "support"
    assert only(document, "Dial").attrib["action"] == "voice?dialled=queue"


def test_an_own_number_is_the_agents_menu() -> None:
    """The call goes on where calls to that number go, which offers the agent's queues."""
    document = dial(LISBON).document
    url = only(document, "Redirect").text or ""
    assert url == "../voice/incoming?name=Front%20desk"
    call = Call(FILE, caller=ALICE, called=LISBON)
    call.start(urljoin("/api/client/voice", url))
    assert "For the next caller, press 1." in call.said
    call.press("1")
    assert only(call.document, "Queue").text == "support"


def test_without_a_caller_id_the_first_own_number_is_shown() -> None:
    """Or, where the file answers every number, the default sender."""
    without = numbers(FILE.replace('caller_id = "+351210000002"', ""))
    form = {"From": [ALICE], "To": ["+351213456789"]}
    assert only(ask(form, known=without).document, "Dial").attrib["callerId"] == LISBON
    any_number = numbers(
        '[agents]\nalice = { client = "alice" }\n[[numbers]]\nnumber = "*"\nanswer = { hangup = true }'
    )
    refused = ask(form, known=any_number)
    assert (refused.refused, said(refused.document)) == ("no_caller_id", [PROMPTS.client_no_caller_id])


REFUSED = [
    ("+19005550123", "premium", PROMPTS.client_destination_refused),
    ("+351760123456", "premium", PROMPTS.client_destination_refused),
    ("+881612345678", "satellite", PROMPTS.client_destination_refused),
    ("+34912345678", "country", PROMPTS.client_destination_refused),
    ("213456789", "no_country", PROMPTS.client_write_country),
    ("00351213456789", "no_country", PROMPTS.client_write_country),
    ("112", "no_country", PROMPTS.client_write_country),
    ("*21*", "no_country", PROMPTS.client_write_country),
    ("sip:x@evil.example", "not_dialable", PROMPTS.client_refused),
    ("sips:+351213456789@evil.example", "not_dialable", PROMPTS.client_refused),
    ("whatsapp:+351213456789", "not_dialable", PROMPTS.client_refused),
    ("conference:room", "not_dialable", PROMPTS.client_refused),
    ("+", "not_dialable", PROMPTS.client_refused),
    ("+1", "not_dialable", PROMPTS.client_refused),
    ("+3512134567891234567", "not_dialable", PROMPTS.client_refused),
    ("+351213456789,+19005550123", "not_dialable", PROMPTS.client_refused),
    ("+٣٥١٢١٣٤٥٦٧٨٩", "not_dialable", PROMPTS.client_refused),
    ("alice", "not_dialable", PROMPTS.client_refused),
    ("client:", "not_an_agent_to_call", PROMPTS.client_refused),
    ("client:stranger", "not_an_agent_to_call", PROMPTS.client_refused),
    ("client:alice", "not_an_agent_to_call", PROMPTS.client_refused),
    ("client:carol", "not_an_agent_to_call", PROMPTS.client_refused),
    ("client:bob?x=1", "not_an_agent_to_call", PROMPTS.client_refused),
    ("queue:sales", "not_a_queue_of_the_agent", PROMPTS.client_refused),
    ("queue:", "not_a_queue_of_the_agent", PROMPTS.client_refused),
    ("queue:nowhere", "not_a_queue_of_the_agent", PROMPTS.client_refused),
    ("", "no_destination", PROMPTS.client_refused),
    ("+" + "1" * 300, "no_destination", PROMPTS.client_refused),
]


@pytest.mark.parametrize(("to", "reason", "sentence"), REFUSED)
def test_anything_else_is_refused_in_speech(to: str, reason: str, sentence: str) -> None:
    """Nothing is dialled, and the call ends."""
    answer = dial(to)
    assert (answer.agent, answer.refused) == ("alice", reason)
    assert (said(answer.document), verbs(answer.document)) == ([sentence], ["Say", "Hangup"])


@pytest.mark.parametrize("sender", ["client:mallory", "client:Alice", "+351210000011", "", "alice", "client:"])
def test_a_stranger_dials_nothing(sender: str) -> None:
    """An identity that is not, or no longer, an agent's."""
    answer = dial("+351213456789", sender)
    assert (answer.agent, answer.refused) == ("unknown", "not_an_agent")
    assert "Dial" not in answer.document


FORGED = {
    "CallerId": "+19005550123",
    "callerId": "+19005550123",
    "Caller": "client:bob",
    "from": "client:bob",
    "From ": "client:bob",
    "name": "Front desk",
    "queue": "sales",
    "dialled": "number",
    "agent": "bob",
    "public": "1",
    "Digits": "1",
    "To ": "sip:x@evil.example",
    "to": "sip:x@evil.example",
    "Called": "sip:x@evil.example",
    "Direction": "outbound-api",
    "DialCallStatus": "completed",
    "DialBridged": "true",
    "QueueResult": "bridged",
    "SpeechResult": "sales",
    "timeout": "600",
    "action": "https://evil.example/",
    "Url": "https://evil.example/",
}


@pytest.mark.parametrize("name", FORGED)
@pytest.mark.parametrize("to", ["+351213456789", "client:bob", "queue:support", LISBON, "queue:sales"])
def test_no_parameter_of_the_page_changes_anything(name: str, to: str) -> None:
    """Only `To` is read of what a page sends."""
    assert dial(to, more={name: FORGED[name]}) == dial(to)


@pytest.mark.parametrize("name", ["From", "To"])
def test_a_parameter_given_twice_is_refused(name: str) -> None:
    """One of the two is the page's own."""
    form = {"From": [ALICE], "To": ["+351213456789"]}
    assert ask(form | {name: [*form[name], "client:bob"]}).refused


def test_calls_of_an_hour_are_bounded() -> None:
    """For each agent; another one still calls, and after an hour the first one does again."""
    now = [0.0]
    limits = CallLimits(lambda: now[0])
    assert all(limits.take("alice", f"CA{index}") for index in range(CALLS_PER_HOUR))
    assert (limits.take("alice", "CA60"), limits.take("bob", "CA60")) == (False, True)
    now[0] = 3600.0
    assert limits.take("alice", "CA60")


def test_a_webhook_that_twilio_repeats_is_one_call() -> None:
    """Counted once; a call without a SID is another one each time."""
    limits = CallLimits(lambda: 0.0)
    assert all(limits.take("alice", "CA1") for _ in range(2 * CALLS_PER_HOUR))
    assert [limits.take("alice", "") for _ in range(CALLS_PER_HOUR)].count(True) == CALLS_PER_HOUR - 1


def test_a_page_does_not_choose_what_counts_as_one_call() -> None:
    """A second CallSid would be the page's own: then each webhook counts."""
    limits = CallLimits(lambda: 0.0)
    form = Form({"From": [ALICE], "To": ["client:bob"], "CallSid": ["CA1", "CA2"]})
    answers = [
        dialling.answer(Verified(Form(), form), NUMBERS, SETTINGS, limits).refused for _ in range(CALLS_PER_HOUR + 1)
    ]
    assert answers[-2:] == ["", "too_many_calls"]


def test_too_many_calls_are_refused_in_speech() -> None:
    """Refused calls count too: a page that tries numbers is stopped."""
    limits = CallLimits(lambda: 0.0)
    form = Form({"From": [ALICE], "To": ["client:stranger"]})
    answers = [
        dialling.answer(Verified(Form(), form), NUMBERS, SETTINGS, limits).refused for _ in range(CALLS_PER_HOUR + 1)
    ]
    assert answers[-2:] == ["not_an_agent_to_call", "too_many_calls"]


@pytest.mark.parametrize(
    ("dialled", "form", "sentences"),
    [
        ("number", {"DialCallStatus": "busy"}, [PROMPTS.client_busy]),
        ("number", {"DialCallStatus": "no-answer"}, [PROMPTS.client_nobody_answered]),
        ("agent", {"DialCallStatus": "no-answer"}, [PROMPTS.client_nobody_answered]),
        ("number", {"DialCallStatus": "failed"}, [PROMPTS.client_not_connected]),
        ("number", {}, [PROMPTS.client_not_connected]),
        ("number", {"DialCallStatus": "completed"}, []),
        ("agent", {"DialCallStatus": "no-answer", "DialBridged": "true"}, []),
        ("queue", {"DialCallStatus": "no-answer"}, [PROMPTS.agent_nobody_waiting]),
        ("queue", {"DialCallStatus": "failed"}, [PROMPTS.agent_nobody_waiting]),
        ("queue", {"DialCallStatus": "completed"}, []),
    ],
)
def test_a_dial_that_ends_without_talk_is_explained(dialled: str, form: dict[str, str], sentences: list[str]) -> None:
    """And the call ends; nothing is refused, nothing counted."""
    answer = ask({name: [value] for name, value in form.items()}, f"dialled={dialled}")
    assert (said(answer.document), verbs(answer.document)[-1], answer.refused) == (sentences, "Hangup", "")


def test_the_sentences_are_of_the_files_language() -> None:
    """With the team's own words."""
    own = msgspec.structs.replace(NUMBERS, overrides={"en": {"client_busy": "Busy, sorry."}})
    answer = ask({"DialCallStatus": ["busy"]}, "dialled=number", own)
    assert said(answer.document) == ["Busy, sorry."]
