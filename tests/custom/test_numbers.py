"""Tests of this team's own numbers.toml and flows.py: yours to change, never touched by an upgrade, not uploaded.

docs/flows.md says what a test may do. `make test ARGS=tests/custom` runs these alone.
"""

from switchboard.testing import call, text

CALLER = "+351910000077"
NUMBER = "+351210000001"


def test_a_caller_hears_the_greeting_and_leaves_a_message() -> None:
    """Key 3 is voicemail."""
    call(CALLER, to=NUMBER).hears("Thank you for calling.").press("3").is_asked_to_record()


def test_a_caller_is_connected_to_the_operator() -> None:
    """In the browser and at OPERATOR_NUMBER; without an answer, a message is recorded."""
    found = call(CALLER, to=NUMBER, settings={"OPERATOR_NUMBER": "+351210000010"}).press("1")
    found.rings("operator", "+351210000010").is_not_answered().is_not_answered().is_asked_to_record()


def test_a_text_is_answered() -> None:
    """By the answer for any text."""
    text(CALLER, "Hello", to=NUMBER).gets("Thank you for your message.")
