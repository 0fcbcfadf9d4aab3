"""`${SETTING}` in a file: filled in, never with a secret, and never silently with nothing."""

import pytest

from switchboard.numbers import SaySentence, TakeVoicemail
from tests.numbers_files import FRONT_DESK, numbers, one_number

SECRETS = (
    *("TWILIO_AUTH_TOKEN", "AzureWebJobsStorage", "APPLICATIONINSIGHTS_CONNECTION_STRING", "MY_API_KEY"),
    *("twilio_auth_token", "DB_PASSWORD", "IDENTITY_HEADER", "CLIENT_SECRET", "AzureWebJobsStorage__accountName"),
)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Call ${NAME}.", "Call Ana."),
        ("${NAME} and ${OTHER}", "Ana and Rui"),
        ("$${NAME}", "${NAME}"),
        ("$$${NAME}", "$${NAME}"),
        ("$NAME {NAME} $", "$NAME {NAME} $"),
    ],
)
def test_a_setting_is_filled_in(written: str, said: str) -> None:
    """Without the spaces around it; what it holds is not looked at again."""
    text = one_number(f'answer = {{ say = "{written}" }}')
    read = numbers(text, {"NAME": " Ana ", "OTHER": "Rui"})
    assert read.problems == ()
    assert read.find(FRONT_DESK).answer == SaySentence(sentence=said)


def test_a_settings_own_reference_is_text() -> None:
    """Settings are values, not templates."""
    read = numbers(one_number('answer = { say = "${A}" }'), {"A": "${B}", "B": "x"})
    assert read.find(FRONT_DESK).answer == SaySentence(sentence="${B}")


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_is_never_filled_in(name: str) -> None:
    """It would be said to callers. The option takes voicemail."""
    read = numbers(one_number(f'answer = {{ say = "${{{name}}}" }}'), {name: "hush-hush"})
    assert [(problem.path, problem.kind) for problem in read.problems] == [("numbers[0].answer.say", "setting")]
    assert read.find(FRONT_DESK).answer == TakeVoicemail()
    assert "hush-hush" not in repr(read)


def test_a_pin_is_filled_in_where_it_is_asked_for_only() -> None:
    """Not in a sentence that everybody hears."""
    said = numbers(one_number('answer = { say = "${ALICE_PIN}" }'), {"ALICE_PIN": "2468"})
    assert [problem.kind for problem in said.problems] == ["setting"]
    asked = numbers('agents.a = { client = "a", pin = "${ALICE_PIN}" }\n' + one_number("")[8:], {"ALICE_PIN": "2468"})
    assert asked.agents["a"].pin == "2468"


@pytest.mark.parametrize("written", ["${", "${}", "${A B}", "${1A}", "${A", "${NAME}${"])
def test_a_reference_without_a_name_is_a_problem(written: str) -> None:
    """Twice a dollar sign where the characters themselves are meant."""
    [problem] = numbers(one_number(f'answer = {{ say = "{written}" }}'), {"NAME": "x"}).problems
    assert problem.kind == "setting"
    assert "$${" in problem.write


def test_an_empty_setting_is_a_problem() -> None:
    """There would be nothing to say; absent and empty are the same."""
    for settings in ({}, {"WORDS": "  "}):
        read = numbers(one_number('answer = { say = "${WORDS}" }'), settings)
        assert [(problem.path, problem.kind, problem.warning) for problem in read.problems] == [
            ("numbers[0].answer.say", "setting", False)
        ]
        assert read.find(FRONT_DESK).answer == TakeVoicemail()


OPERATOR = (
    '[agents]\noperator = { LINES }\n[[numbers]]\nnumber = "*"\nanswer = { ring = ["operator"] }\nagent_menu = false'
)


def test_an_agent_whose_setting_is_empty_is_not_rung() -> None:
    """With a warning alone: this is how the file is shipped."""
    read = numbers(OPERATOR.replace("LINES", 'number = "${OPERATOR_NUMBER}"'), {})
    assert [(problem.path, problem.kind, problem.warning) for problem in read.problems] == [
        ("agents.operator.number", "setting", True)
    ]
    assert not read.agents["operator"].can_be_rung


def test_an_agent_with_a_browser_is_rung_there() -> None:
    """Only the number is missing."""
    read = numbers(OPERATOR.replace("LINES", 'number = "${OPERATOR_NUMBER}", client = "operator"'), {})
    assert all(problem.warning for problem in read.problems)
    assert read.agents["operator"].can_be_rung


def test_an_agent_whose_pin_is_not_set_may_not_call_in() -> None:
    """A PIN is meant to be asked: without it nobody gets in."""
    read = numbers(OPERATOR.replace("LINES", 'number = "+351210000010", pin = "${OPERATOR_PIN}"'), {})
    assert [(problem.path, problem.warning) for problem in read.problems] == [("agents.operator.pin", True)]
    assert not read.agents["operator"].may_call_in
    assert read.agents["operator"].can_be_rung


def test_a_wrong_pin_lets_nobody_in_either() -> None:
    """As long as it is not corrected."""
    read = numbers(OPERATOR.replace("LINES", 'number = "+351210000010", pin = "12"'), {})
    assert not read.agents["operator"].may_call_in


def test_a_setting_that_is_wrong_is_a_problem_of_the_field() -> None:
    """As if it was written there."""
    read = numbers(OPERATOR.replace("LINES", 'number = "${OPERATOR_NUMBER}"'), {"OPERATOR_NUMBER": "210"})
    assert [(problem.path, problem.kind) for problem in read.problems] == [("agents.operator.number", "wrong-value")]
