"""What works and is probably not meant."""

import pytest

from tests.numbers_files import found, numbers, one_number


@pytest.mark.parametrize(
    "line",
    [
        'answer = { text = "See https://www.example.com/visit" }',
        'answer = { text = "See https://contoso.example" }',
        'answer = { say = "Write to us at Contoso.com" }',
        'answer = { forward = "+15005550009" }',
    ],
)
def test_a_placeholder_is_a_warning_outside_a_developers_machine(line: str) -> None:
    """An example's fact would reach callers; on a developer's machine it is what one works with."""
    text = one_number(line)
    assert [kind for _, _, kind in found(text, local=False)] == ["placeholder"]
    assert all(problem.warning for problem in numbers(text, local=False).problems)
    assert found(text) == []


def test_an_ordinary_word_is_no_placeholder() -> None:
    """An example is a word too."""
    assert found(one_number('answer = { say = "For example, we are exampled at examples.com." }'), local=False) == []


QUEUE = (
    '[agents]\nalice = { AGENT }\n[queues.q]\nagents = ["alice"]\n[[numbers]]\nnumber = "*"\nanswer = { queue = "q" }\n'
)


@pytest.mark.parametrize(
    ("agent", "line", "warned"),
    [
        ('number = "+351210000010"', "", True),
        ('number = "+351210000010", pin = "2468"', "", False),
        ('client = "alice"', "", False),
        ('number = "+351210000010"', "agent_menu = false", False),
    ],
)
def test_an_agents_number_without_a_pin_is_a_warning(agent: str, line: str, warned: bool) -> None:
    """Where a caller ID alone opens a queue: not for browsers, whose token shows who it is."""
    assert [(path, kind) for path, _, kind in found(QUEUE.replace("AGENT", agent) + line)] == (
        [("agents.alice", "no-pin")] if warned else []
    )


def test_a_menu_that_says_nothing_is_a_warning() -> None:
    """No greeting and no label: callers wait in silence."""
    assert [(path, kind) for path, _, kind in found(one_number("menu.1 = { hangup = true }"))] == [
        ("numbers[0].menu", "silent-menu")
    ]
    assert found(one_number('greeting = "Press 1."\nmenu.1 = { hangup = true }')) == []


def test_an_alert_to_an_agent_without_a_number_is_a_warning() -> None:
    """A text needs one; the others get it."""
    text = QUEUE.replace("AGENT", 'client = "a"').replace("[[numbers]]", 'alert = ["alice"]\n[[numbers]]')
    assert [(path, kind) for path, _, kind in found(text)] == [("queues.q.alert[0]", "missing")]
    assert numbers(text).queues["q"].alert == ()


@pytest.mark.parametrize(("word", "kinds"), [("yes", ["opt-out-word"]), ("STOP", ["opt-out-word"]), ("yes please", [])])
def test_a_keyword_that_twilio_answers_itself_is_a_warning(word: str, kinds: list[str]) -> None:
    """It is never reached in SMS; on WhatsApp it is a keyword like any other."""
    text = one_number(f'answer = {{ hangup = true }}\ntexts = {{ "{word}" = "Thank you." }}')
    assert [kind for _, _, kind in found(text)] == kinds
