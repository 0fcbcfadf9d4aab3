"""The `whisper` Twimlet."""

import pytest

from tests.twimlets import canonical, document

DEFAULT = "You are receiving a call from +. 1. 9. 1. 6. 5. 5. 5. 0. 1. 2. 3. .  Press any key to accept."
CALLER = "+19165550123"


@pytest.mark.parametrize("name", ["Caller", "From"])
@pytest.mark.parametrize("query", ["", "Message="])
def test_the_callers_number_is_spelled(query: str, name: str) -> None:
    """When there is no message."""
    assert document("whisper", query, **{name: CALLER}) == canonical(
        f'<Response><Gather numDigits="1"><Say>{DEFAULT}</Say></Gather></Response>'
    )


def test_a_message_is_spoken_or_played() -> None:
    """A text or a sound."""
    assert document("whisper", "Message=Hi", Caller=CALLER) == canonical(
        '<Response><Gather numDigits="1"><Say>Hi</Say></Gather></Response>'
    )
    assert document("whisper", "Message=http://x/a.mp3") == canonical(
        '<Response><Gather numDigits="1"><Play>http://x/a.mp3</Play></Gather></Response>'
    )


def test_no_key_hangs_up_with_human_check() -> None:
    """Without HumanCheck the callee is connected."""
    assert document("whisper", "Message=Hi&HumanCheck=1") == canonical(
        '<Response><Gather numDigits="1"><Say>Hi</Say></Gather><Hangup/></Response>'
    )
    assert "<Hangup" not in document("whisper", "Message=Hi&HumanCheck=0")


@pytest.mark.parametrize("query", ["Message=Hi", "Message=Hi&HumanCheck=1"])
def test_any_key_connects(query: str) -> None:
    """A document without verbs lets Twilio connect the two."""
    assert document("whisper", query, Digits="5") == canonical("<Response/>")


def test_a_key_without_a_digit_refuses() -> None:
    """The # key alone."""
    assert document("whisper", "Message=Hi", Digits="") == canonical("<Response><Hangup/></Response>")


def test_defect_7_the_announcement_is_spoken_in_the_language_of_the_url() -> None:
    """Words and voice."""
    spoken = document("whisper", "Language=pt-PT&Voice=Polly.Ines", Caller="+351")
    assert spoken == canonical(
        '<Response><Gather numDigits="1"><Say language="pt-PT" voice="Polly.Ines">'
        "Está a receber uma chamada de +. 3. 5. 1. . Prima qualquer tecla para aceitar.</Say></Gather></Response>"
    )
