"""Ringing agents: who is dialled, what counts as answered, and what follows when nobody accepts."""

import pytest

from tests.numbers_files import FRONT_DESK
from tests.voice_calls import CALLER, Call, only, read, rung, said, verbs

ALICE, BOB = "+351210000010", "+351210000020"
FILE = f"""\
caller_id = "+351210000009"
[agents]
alice = {{ client = "alice", number = "{ALICE}" }}
bob = {{ number = "{BOB}" }}
[[numbers]]
number = "{FRONT_DESK}"
name = "Front desk"
menu.1 = {{ ring = ["alice", "bob"], seconds = 15 }}
menu.2 = {{ ring = ["alice", "bob"], at_once = false }}
menu.3 = {{ forward = "+351210000099" }}
menu.4 = {{ ring = ["alice"], greeting = "Sales." }}
"""


def dialled(document: str) -> list[str]:
    """The phones and browsers of the Dial, in order."""
    return rung(document)


def call(key: str = "1", *, caller: str = CALLER, text: str = FILE) -> Call:
    """A caller who pressed a key."""
    found = Call(text, caller=caller)
    found.start()
    found.press(key)
    return found


def test_all_agents_ring_at_once() -> None:
    """Number and browser of each, for the seconds of the file, and the caller hears ringing until one is connected."""
    found = call()
    dial = only(found.document, "Dial")
    assert dialled(found.document) == ["alice", ALICE, BOB]
    assert (dial.get("timeout"), dial.get("answerOnBridge"), dial.get("callerId")) == ("15", "true", CALLER)


@pytest.mark.parametrize(("caller", "shown"), [(CALLER, CALLER), ("Anonymous", ""), ("+266696687", "")])
def test_a_browser_is_told_who_calls_and_where(caller: str, shown: str) -> None:
    """Our number's name and address, and the caller's unless it is withheld."""
    parameters = {each.get("name"): each.get("value") for each in read(call(caller=caller).document).iter("Parameter")}
    assert parameters == {"number": "Front desk", "called": FRONT_DESK} | ({"caller": shown} if shown else {})


def test_only_numbers_are_screened() -> None:
    """A voicemail answers a number; who answers in a browser has accepted."""
    client, *numbers = only(call().document, "Dial")
    assert client.attrib == {}
    assert {number.attrib["url"] for number in numbers} == {"screen?name=Front+desk"}


@pytest.mark.parametrize("status", ["completed", "answered", "no-answer", "busy", "failed", "canceled"])
def test_nobody_accepted_until_the_two_were_connected(status: str) -> None:
    """Any end without DialBridged: the same agents are rung once more, one after another, and nothing is said."""
    found = call()
    found.dial_ends(status)
    assert (found.verbs, dialled(found.document)) == (["Dial"], ["alice", ALICE])
    found.dial_ends(status)
    assert (found.verbs, dialled(found.document)) == (["Dial"], [BOB])
    found.dial_ends(status)
    assert found.said[0] == "Nobody could take your call."
    assert "Record" in found.verbs


@pytest.mark.parametrize("round_of", [0, 1, 2])
def test_after_they_talked_the_call_ends(round_of: int) -> None:
    """In each round. Nobody wants a voicemail then."""
    found = call()
    for _ in range(round_of):
        found.dial_ends()
    found.dial_ends("completed", bridged=True)
    assert found.verbs == ["Hangup"]


def test_one_after_another_is_one_round() -> None:
    """No answer cut off another phone."""
    found = call("2")
    assert dialled(found.document) == ["alice", ALICE]
    found.dial_ends()
    assert dialled(found.document) == [BOB]
    found.dial_ends()
    assert "Record" in found.verbs


def test_a_forwarded_call_is_neither_screened_nor_repeated() -> None:
    """The number may be another company's."""
    found = call("3")
    assert only(found.document, "Number").attrib == {}
    found.dial_ends()
    assert "Record" in found.verbs


@pytest.mark.parametrize("caller", ["Anonymous", "+266696687", "client:dora", "sip:a@example.net", ""])
def test_a_caller_without_a_number_is_shown_as_the_files_caller_id(caller: str) -> None:
    """Twilio accepts nothing else, and a browser leg needs one (13214)."""
    found = call(caller=caller)
    assert only(found.document, "Dial").get("callerId") == "+351210000009"
    found = call(caller=caller, text=FILE.replace('caller_id = "+351210000009"', ""))
    assert only(found.document, "Dial").get("callerId") == FRONT_DESK


def test_a_call_that_we_placed_shows_a_number_of_ours() -> None:
    """The person's own number would not be accepted there."""
    found = Call(FILE, caller=FRONT_DESK, called=CALLER, direction="outbound-api")
    found.start()
    found.press("1")
    assert only(found.document, "Dial").get("callerId") == "+351210000009"


def test_an_agent_hears_who_calls_and_presses_a_key() -> None:
    """Any key. Then the document is empty, which connects the two."""
    found = call()
    found.dial_ends()
    found.dial_ends()
    document = found.screened()
    assert said(document)[0].startswith("You have a call for Front desk, from plus three five one,")
    assert only(document, "Gather").get("finishOnKey") == ""
    assert verbs(document) == ["Gather", "Say", "Hangup"]
    assert only(document, "Gather").get("action") == "screen?name=Front+desk&asked=1"


def test_a_key_connects_and_silence_does_not() -> None:
    """The voicemail of a phone presses nothing."""
    found = call()
    accepted = found.post("screen?name=Front+desk&asked=1", Digits="#")
    assert list(read(accepted)) == []
    assert verbs(found.post("screen?name=Front+desk&asked=1")) == ["Say", "Hangup"]


@pytest.mark.parametrize("caller", ["Anonymous", "client:dora"])
def test_an_agent_does_not_hear_a_number_that_is_ours(caller: str) -> None:
    """It is what the phone shows, not who calls."""
    found = call(caller=caller)
    found.dial_ends()
    found.dial_ends()
    assert "from a caller without a number" in said(found.screened())[0]


def test_an_answer_without_a_greeting_is_not_picked_up_until_somebody_is_connected() -> None:
    """Nothing is said before: Say would answer the call. A leading Pause does not."""
    text = FILE.split("menu.1")[0] + 'answer = { ring = ["alice"] }\n'
    found = Call(text)
    found.start()
    assert found.verbs == ["Pause", "Dial"]


def test_an_action_with_a_greeting_says_both() -> None:
    """Its own sentence, then that the call is being connected."""
    assert call("4").said[:2] == ["Sales.", "One moment, I am connecting you."]


def test_nobody_who_can_be_rung_is_nobody_who_answers() -> None:
    """An agent whose setting is empty."""
    text = FILE.replace(f'bob = {{ number = "{BOB}" }}', 'bob = { number = "${EMPTY}" }')
    found = Call(text.replace('["alice"]', '["bob"]'))
    found.start()
    found.press("4")
    assert found.said[1] == "Nobody could take your call."
    assert "Record" in found.verbs


def test_the_numbers_otherwise_follows_once() -> None:
    """It rings too, and nobody answers there either: voicemail."""
    found = call(text=FILE + 'otherwise = { ring = ["bob"], at_once = false }\n')
    for _ in range(3):
        found.dial_ends()
    assert found.said == ["Nobody could take your call.", "One moment, I am connecting you."]
    assert dialled(found.document) == [BOB]
    found.dial_ends()
    assert "Record" in found.verbs


def test_a_call_ends_without_choice_after_an_otherwise() -> None:
    """The menu of an otherwise: who chooses nothing there either hears good bye."""
    text = FILE.replace("[[numbers]]", "[menus.late]\nmenu.1 = { label = 'a', voicemail = true }\n[[numbers]]")
    found = call("3", text=text + 'otherwise = { menu = "late" }\n')
    found.dial_ends()
    assert "For a, press 1." in found.said
    for _ in range(3):
        found.silent()
    assert found.verbs == ["Say", "Hangup"]
