"""Each language has every sentence, with the same placeholders."""

import string

import msgspec
import pytest

from switchboard import prompts
from switchboard.prompts import LANGUAGES, Prompts
from switchboard.voice.call_flow import CHOICES

SENTENCES = tuple(field.name for field in msgspec.structs.fields(Prompts) if field.type in (str, "str"))
FILLED = {
    "queue_position": {"position"},
    "link_text": {"link"},
    "twimlet_announcement": {"number"},
    "twimlet_entered": {"caller"},
}


def placeholders(sentence: str) -> set[str]:
    """The names in braces."""
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


def test_english_and_portuguese_exist() -> None:
    """The two languages of the app."""
    assert {"en", "pt"} <= set(LANGUAGES)


def test_the_sentences_are_found() -> None:
    """An empty list would pass every test below."""
    assert {"welcome", "menu", "failure", "text_default"} <= set(SENTENCES)


@pytest.mark.parametrize("name", SENTENCES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sentence_has_the_expected_placeholders(language: str, name: str) -> None:
    """A wrong placeholder would fail during a call."""
    sentence: str = getattr(LANGUAGES[language], name)
    assert sentence.strip()
    assert placeholders(sentence) == FILLED.get(name, set())


@pytest.mark.parametrize("language", LANGUAGES)
def test_keyword_answers_have_no_placeholder_except_the_link(language: str) -> None:
    """Only the link is filled in."""
    for answer in LANGUAGES[language].keywords.values():
        assert placeholders(answer) <= {"link"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_keywords_are_in_capitals(language: str) -> None:
    """A text is compared in capitals."""
    assert all(word == word.upper().strip() for word in LANGUAGES[language].keywords)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_offered_keywords_exist(language: str) -> None:
    """The default answer names keywords in capitals: each has an answer."""
    sentences = LANGUAGES[language]
    offered = {word.strip(".,") for word in sentences.text_default.split() if word.strip(".,").isupper()}
    assert offered
    assert offered <= set(sentences.keywords)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_choice_of_the_menu_can_be_spoken(language: str) -> None:
    """Each key of the menu has a word."""
    assert set(LANGUAGES[language].speech.values()) == set(CHOICES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_spoken_words_are_single_and_lower_case(language: str) -> None:
    """The recognized speech is compared word by word, in lower case."""
    assert all(word == word.lower() and len(word.split()) == 1 for word in LANGUAGES[language].speech)


@pytest.mark.parametrize(("tag", "spoken"), [("pt", "pt-PT"), ("pt-BR", "pt-BR"), ("en", "en-US"), ("en-GB", "en-GB")])
def test_a_tag_selects_sentences_and_voice(tag: str, spoken: str) -> None:
    """The language selects the sentences, the whole tag the voice."""
    found = prompts.find(tag)
    assert found is not None
    assert found.tag == spoken
    assert found.welcome == LANGUAGES[tag[:2]].welcome


@pytest.mark.parametrize("tag", ["fr", "", "-", "english"])
def test_a_language_without_sentences_is_not_found(tag: str) -> None:
    """The app does not guess."""
    assert prompts.find(tag) is None
