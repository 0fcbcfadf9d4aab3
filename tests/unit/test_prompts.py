"""Every language says all there is to say, with the same blanks to fill in."""

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


def blanks(sentence: str) -> set[str]:
    """The names in braces."""
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


def test_english_and_portuguese_are_there() -> None:
    """The two languages that the app speaks."""
    assert {"en", "pt"} <= set(LANGUAGES)


def test_the_sentences_are_found() -> None:
    """A list that is empty would agree with anything below."""
    assert {"welcome", "menu", "failure", "text_default"} <= set(SENTENCES)


@pytest.mark.parametrize("name", SENTENCES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sentence_is_there_and_has_the_blanks_that_are_filled_in(language: str, name: str) -> None:
    """A blank of another name would fail while a caller listens."""
    sentence: str = getattr(LANGUAGES[language], name)
    assert sentence.strip()
    assert blanks(sentence) == FILLED.get(name, set())


@pytest.mark.parametrize("language", LANGUAGES)
def test_keyword_answers_have_no_blank_but_the_link(language: str) -> None:
    """That is what a text's answer is filled in with."""
    for answer in LANGUAGES[language].keywords.values():
        assert blanks(answer) <= {"link"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_keywords_are_in_capitals(language: str) -> None:
    """A text is compared in capitals: one in small letters would never be met."""
    assert all(word == word.upper().strip() for word in LANGUAGES[language].keywords)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_keywords_that_are_offered_exist(language: str) -> None:
    """The default answer names words in capitals: each has an answer."""
    sentences = LANGUAGES[language]
    offered = {word.strip(".,") for word in sentences.text_default.split() if word.strip(".,").isupper()}
    assert offered
    assert offered <= set(sentences.keywords)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_choice_of_the_menu_can_be_spoken(language: str) -> None:
    """The words lead to keys of the menu, and to each of them."""
    assert set(LANGUAGES[language].speech.values()) == set(CHOICES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_to_speak_are_single_and_in_small_letters(language: str) -> None:
    """What was heard is compared word by word, in small letters."""
    assert all(word == word.lower() and len(word.split()) == 1 for word in LANGUAGES[language].speech)


@pytest.mark.parametrize(("tag", "spoken"), [("pt", "pt-PT"), ("pt-BR", "pt-BR"), ("en", "en-US"), ("en-GB", "en-GB")])
def test_a_tag_chooses_sentences_and_voice(tag: str, spoken: str) -> None:
    """The language chooses the sentences, the whole tag who speaks them."""
    found = prompts.find(tag)
    assert found is not None
    assert found.tag == spoken
    assert found.welcome == LANGUAGES[tag[:2]].welcome


@pytest.mark.parametrize("tag", ["fr", "", "-", "english"])
def test_a_language_without_sentences_is_not_found(tag: str) -> None:
    """There is no guessing."""
    assert prompts.find(tag) is None
