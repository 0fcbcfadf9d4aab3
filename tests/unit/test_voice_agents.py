"""Agents who call in: the menu of their queues, PINs, and everybody else."""

import pytest

from tests.numbers_files import FRONT_DESK
from tests.voice_calls import CALLER, Call, only

ALICE, BOB, CAROL, DAN = "+351210000010", "+351210000020", "+351210000030", "+351210000040"
FILE = f"""\
blocked = ["anonymous"]
[agents]
alice = {{ client = "alice", number = "{ALICE}", pin = "2468" }}
bob = {{ number = "{BOB}" }}
carol = {{ number = "{CAROL}", client = "carol" }}
dan = {{ number = "{DAN}", pin = "${{EMPTY}}" }}
[queues.support]
agents = ["alice", "bob", "dan"]
[queues.sales]
agents = ["alice"]
[[numbers]]
number = "{FRONT_DESK}"
name = "Front desk"
greeting = "Welcome."
menu.1 = {{ queue = "support" }}
[[numbers]]
number = "+351210000002"
name = "Public"
greeting = "Public."
agent_menu = false
menu.1 = {{ voicemail = true }}
"""


def call(
    caller: str, called: str = FRONT_DESK, *, direction: str = "inbound", target: str = "/api/voice/incoming"
) -> Call:
    """A call at its first answer."""
    found = Call(FILE, caller=caller, called=called, direction=direction)
    found.start(target)
    return found


def test_an_agent_is_offered_the_next_caller() -> None:
    """Of the one queue that this agent serves, not the public menu."""
    found = call(BOB)
    assert found.said == ["For the next caller, press 1.", "For the menu that callers hear, press star."]


def test_an_agent_is_connected_to_who_waited_longest() -> None:
    """By the queue that callers join."""
    found = call(BOB)
    found.press("1")
    assert found.verbs == ["Say", "Dial"]
    assert only(found.document, "Queue").text == "support"
    assert only(found.document, "Dial").get("timeout") == "20"


@pytest.mark.parametrize(
    ("status", "bridged", "sentence"),
    [
        ("completed", True, "The call has ended."),
        ("completed", False, "The call has ended."),
        ("no-answer", False, "Nobody is waiting."),
        ("failed", False, "Nobody is waiting."),
    ],
)
def test_afterwards_the_queues_are_offered_again(status: str, bridged: bool, sentence: str) -> None:
    """With what became of the call. Twilio reports an error for a queue that never existed."""
    found = call(BOB)
    found.press("1")
    found.dial_ends(status, bridged=bridged)
    assert found.said[:2] == [sentence, "For the next caller, press 1."]


def test_an_agent_in_a_browser_needs_no_pin() -> None:
    """The token says who it is. A caller without a number may be blocked, an agent is not."""
    found = call("client:alice")
    assert found.said[:2] == ["For the next caller in support, press 1.", "For the next caller in sales, press 2."]
    found.press("2")
    assert only(found.document, "Queue").text == "sales"


@pytest.mark.parametrize(
    ("caller", "verb"), [("client:carol", "Gather"), ("client:mallory", "Reject"), ("sip:carol@example.net", "Reject")]
)
def test_an_agent_in_a_browser_without_a_queue_hears_the_callers_menu(caller: str, verb: str) -> None:
    """Whoever withholds a number is turned away, and an agent's browser has none to show."""
    assert verb in call(caller).verbs


def test_an_agent_with_a_pin_enters_it_first() -> None:
    """Ended by the hash key; then the name travels in the URL, not the PIN."""
    found = call(ALICE)
    assert found.said == ["Please enter your PIN, and press the hash key."]
    assert only(found.document, "Gather").get("finishOnKey") == "#"
    found.press("2468")
    assert found.said[0] == "For the next caller in support, press 1."
    assert "2468" not in found.document
    found.press("1")
    assert only(found.document, "Queue").text == "support"


@pytest.mark.parametrize("entered", ["1357", "246", "24680", "", "*"])
def test_three_wrong_pins_end_the_call(entered: str) -> None:
    """No input is a wrong one too."""
    found = call(ALICE)
    for _ in range(3):
        assert "Gather" in found.verbs
        found.press(entered) if entered else found.silent()
    assert found.verbs == ["Say", "Hangup"]
    assert found.said == ["That PIN is not right."]


def test_a_pin_that_is_not_set_keeps_its_agent_out() -> None:
    """Without it nobody could tell the agent from a forged caller ID."""
    assert call(DAN).said[0] == "Welcome."


def test_agents_of_one_phone_open_their_own_queues_only() -> None:
    """A PIN of one is not replaced by another who has none."""
    found = Call(FILE.replace(f'bob = {{ number = "{BOB}" }}', f'bob = {{ number = "{ALICE}" }}'), caller=ALICE)
    found.start()
    assert found.said[0] == "For the next caller, press 1."
    found.press("1")
    assert only(found.document, "Queue").text == "support"
    assert "sales" not in " ".join(found.said)


def test_silence_is_no_pin_of_an_agent_without_one() -> None:
    """Carol shares Alice's phone and serves no queue."""
    found = Call(FILE.replace(f'carol = {{ number = "{CAROL}" }}', f'carol = {{ number = "{ALICE}" }}'), caller=ALICE)
    found.start()
    for _ in range(3):
        assert "Gather" in found.verbs
        found.silent()
    assert (found.verbs, found.said) == (["Say", "Hangup"], ["That PIN is not right."])


@pytest.mark.parametrize("caller", [CALLER, CAROL])
def test_who_serves_no_queue_gets_the_public_menu(caller: str) -> None:
    """A stranger, and an agent without one."""
    assert call(caller).said[0] == "Welcome."


def test_a_number_may_treat_agents_as_everybody() -> None:
    """`agent_menu = false`."""
    assert call(BOB, "+351210000002").said[0] == "Public."


def test_star_leads_to_the_public_menu() -> None:
    """To try what callers hear."""
    found = call(BOB)
    found.press("*")
    assert found.verbs == ["Redirect"]
    found.silent()
    assert found.said[0] == "Welcome."


def test_no_choice_is_offered_three_times_in_all() -> None:
    """Then the call ends."""
    found = call(BOB)
    for _ in range(3):
        assert "Gather" in found.verbs
        found.silent()
    assert found.verbs == ["Say", "Hangup"]


@pytest.mark.parametrize("caller", [CALLER, "", "client:mallory", f"sip:{BOB}@example.net", "anonymous"])
def test_a_stranger_is_rejected_at_the_agents_url(caller: str) -> None:
    """Before the call is answered."""
    assert call(caller, target="/api/voice/agent").verbs == ["Reject"]


def test_the_agents_url_offers_the_queues() -> None:
    """For a number that serves agents alone."""
    assert call(BOB, "+351210000002", target="/api/voice/agent").said[0] == "For the next caller, press 1."


def test_an_agent_whom_we_call_is_asked_too() -> None:
    """The agent is To of a call that we placed."""
    found = call(FRONT_DESK, BOB, direction="outbound-api", target="/api/voice/agent")
    assert found.said[0] == "For the next caller, press 1."
