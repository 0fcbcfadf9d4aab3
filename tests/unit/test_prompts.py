"""Every language says all there is to say, with the same blanks to fill in, and its own numbers, times and dates."""

import string
from datetime import UTC, date, datetime, time

import pytest

from switchboard import prompts
from switchboard.prompts import LANGUAGES, NAMES, Prompts, spoken

TWIMLETS = tuple(name for name in NAMES if name.startswith("twimlet_"))
FILLED = {
    "option": {"label", "key"},
    "option_back": {"key"},
    "queue_position": {"position"},
    "alert_text": {"name", "queue"},
    "opens_again": {"when"},
    "help_text": {"name"},
    "screen": {"name", "caller"},
    "agent_queue": {"queue", "key"},
    "twimlet_announcement": {"number"},
    "twimlet_entered": {"caller"},
    "key": {"digit"},
    "on_date": {"weekday", "day", "month"},
    "when_today": {"at"},
    "when_tomorrow": {"at"},
    "when_weekday": {"weekday", "at"},
    "when_date": {"date", "at"},
}
# What a language may use and need not: English says one as any other hour, and AM or PM.
MAY_BE_FILLED = {
    "at_one": {"hour", "half"},
    "at_one_and": {"hour", "minute", "half"},
    "at_hour": {"hour", "half"},
    "at_hour_and": {"hour", "minute", "half"},
}


def of(language: str) -> Prompts:
    """The sentences of a language."""
    found = prompts.find(language)
    assert found is not None
    return found


def placeholders(sentence: str) -> set[str]:
    """The names in braces."""
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


def test_the_five_languages_are_there() -> None:
    """And the sentences are found: an empty list would agree with anything below."""
    assert set(LANGUAGES) == {"en", "pt", "es", "fr", "de"}
    assert {"option", "closed", "failure", "screen", "help_text"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sentence_is_there_and_has_the_blanks_that_are_filled_in(language: str, name: str) -> None:
    """A blank of another name would fail while a caller listens."""
    sentence: str = getattr(of(language), name)
    assert sentence.strip() == sentence != ""
    assert placeholders(sentence) <= FILLED.get(name, set()) | MAY_BE_FILLED.get(name, set())
    assert placeholders(sentence) >= FILLED.get(name, set())


@pytest.mark.parametrize("name", [name for name in NAMES if len(getattr(of("en"), name).split()) > 3])
@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != "en"])
def test_a_sentence_is_in_its_language(language: str, name: str) -> None:
    """None is still the English one."""
    assert getattr(of(language), name) != getattr(of("en"), name)


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_of_digits_days_and_months_are_complete(language: str) -> None:
    """Ten, seven and twelve different ones."""
    found = of(language)
    assert [len(set(words)) for words in (found.digits, found.weekdays, found.months)] == [10, 7, 12]


@pytest.mark.parametrize(
    ("tag", "spoken_as"),
    [("pt", "pt-PT"), ("pt-BR", "pt-BR"), ("en", "en-US"), ("en-GB", "en-GB"), ("DE-at", "DE-at"), ("fr", "fr-FR")],
)
def test_a_tag_chooses_sentences_and_voice(tag: str, spoken_as: str) -> None:
    """The language chooses the sentences, the whole tag who speaks them."""
    assert of(tag).tag == spoken_as
    assert of(tag).goodbye == of(tag[:2].lower()).goodbye


@pytest.mark.parametrize("tag", ["nl", "", "-", "english", "x-en", "spoken", "../en"])
def test_a_language_without_sentences_is_not_found(tag: str) -> None:
    """There is no guessing, and no module of another name is imported."""
    assert prompts.find(tag) is None


def test_a_tags_own_words_go_before_its_languages() -> None:
    """Both replace the product's."""
    overrides = {"pt-BR": {"goodbye": "Tchau."}, "pt": {"goodbye": "Adeus.", "closed": "Fechado."}}
    found = prompts.find("pt-BR", overrides)
    assert found is not None
    assert (found.goodbye, found.closed) == ("Tchau.", "Fechado.")
    portugal = prompts.find("pt", overrides)
    assert portugal is not None
    assert (portugal.goodbye, portugal.tag) == ("Adeus.", "pt-PT")


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "plus three five one, two one zero, zero zero, zero nine"),
        ("pt", "mais três cinco um, dois um zero, zero zero, zero nove"),
        ("es", "más tres cinco uno, dos uno cero, cero cero, cero nueve"),
        ("fr", "plus trois cinq un, deux un zéro, zéro zéro, zéro neuf"),
        ("de", "plus drei fünf eins, zwei eins null, null null, null neun"),
    ],
)
def test_a_phone_number_is_said_digit_by_digit(language: str, expected: str) -> None:
    """In words, in groups, with a pause between them."""
    assert spoken.phone_number(of(language), "+3512100009") == expected


def test_short_numbers_are_said_too() -> None:
    """A short code is one group or two; what has no digits is nothing."""
    assert spoken.phone_number(of("en"), "112") == "one one two"
    assert spoken.phone_number(of("en"), "1") == "one"
    assert spoken.phone_number(of("en"), "12345") == "one two three, four five"
    assert spoken.phone_number(of("en"), "Anonymous") == ""


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "For sales, press 1. For sales, press star."),
        ("pt", "Para sales, prima 1. Para sales, prima asterisco."),
        ("es", "Para sales, pulse 1. Para sales, pulse asterisco."),
        ("fr", "Pour sales, tapez 1. Pour sales, tapez étoile."),
        ("de", "Für sales drücken Sie die 1. Für sales drücken Sie die Sterntaste."),
    ],
)
def test_an_option_is_announced_by_its_label(language: str, expected: str) -> None:
    """With the key's name as the language has it."""
    assert " ".join(spoken.option(of(language), "sales", key) for key in "1*") == expected


TIMES = (time(0), time(1), time(1, 5), time(9), time(12), time(12, 30), time(14), time(14, 30))
SAID = {
    "en": ("midnight", "1 AM", "1:05 AM", "9 AM", "noon", "12:30 PM", "2 PM", "2:30 PM"),
    "pt": (
        *("à meia-noite", "à 1 hora", "à 1 hora e 5", "às 9 horas"),
        *("ao meio-dia", "às 12 horas e 30", "às 14 horas", "às 14 horas e 30"),
    ),
    "es": (
        "a medianoche",
        "a la 1",
        "a la 1 y 5",
        "a las 9",
        "a mediodía",
        "a las 12 y 30",
        "a las 14",
        "a las 14 y 30",
    ),
    "fr": (
        *("à minuit", "à 1 heure", "à 1 heure 5", "à 9 heures"),
        *("à midi", "à 12 heures 30", "à 14 heures", "à 14 heures 30"),
    ),
    "de": (
        "um Mitternacht",
        "um 1 Uhr",
        "um 1 Uhr 5",
        "um 9 Uhr",
        "um 12 Uhr",
        "um 12 Uhr 30",
        "um 14 Uhr",
        "um 14 Uhr 30",
    ),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_times_are_said_as_the_language_says_them(language: str) -> None:
    """With their prepositions."""
    at = "at " if language == "en" else ""
    assert [spoken.at_time(of(language), each) for each in TIMES] == [at + each for each in SAID[language]]


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", ("on Friday, January 1", "on Saturday, December 26")),
        ("pt", ("na sexta-feira, 1 de janeiro", "no sábado, 26 de dezembro")),
        ("es", ("el viernes, 1 de enero", "el sábado, 26 de diciembre")),
        ("fr", ("vendredi 1er janvier", "samedi 26 décembre")),
        ("de", ("am Freitag, dem 1. Januar,", "am Samstag, dem 26. Dezember,")),
    ],
)
def test_dates_are_said_as_the_language_says_them(language: str, expected: tuple[str, str]) -> None:
    """The first of a month is an ordinal in French."""
    assert tuple(spoken.on_date(of(language), day) for day in (date(2027, 1, 1), date(2026, 12, 26))) == expected


@pytest.mark.parametrize(
    ("then", "expected"),
    [
        ("2026-12-22T14:00", "today at 2 PM"),
        ("2026-12-23T09:00", "tomorrow at 9 AM"),
        ("2026-12-25T09:00", "on Friday at 9 AM"),
        ("2026-12-28T09:00", "on Monday at 9 AM"),
        ("2026-12-29T09:00", "on Tuesday, December 29, at 9 AM"),
    ],
)
def test_a_later_moment_is_said_as_people_say_it(then: str, expected: str) -> None:
    """By its weekday within a week, because next Tuesday might be today."""
    now = datetime(2026, 12, 22, 13, tzinfo=UTC)
    assert spoken.when(of("en"), now, datetime.fromisoformat(then).replace(tzinfo=UTC)) == expected
