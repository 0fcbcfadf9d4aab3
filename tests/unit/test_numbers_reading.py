"""A file without mistakes: what the call flow and the text answers get of it."""

import re
from datetime import date

import pytest

from switchboard.numbers import (
    Agent,
    ForwardCall,
    GoBack,
    HangUp,
    JoinQueue,
    Number,
    OpenMenu,
    Queue,
    Range,
    RingAgents,
    RunFlow,
    SaySentence,
    SendText,
    TakeVoicemail,
)
from tests.numbers_files import FRONT_DESK, WHOLE, at_top, numbers, one_number

ALL = numbers(WHOLE)


def front_desk() -> Number:
    """The first number of the whole file."""
    return ALL.find(FRONT_DESK)


def test_the_whole_file_has_no_problem() -> None:
    """Everything that the schema names is accepted."""
    assert ALL.problems == ()


def test_each_verb_becomes_a_type_of_its_own() -> None:
    """The call flow matches on types, and every field is where it belongs."""
    menu = front_desk().menu
    assert menu is not None
    assert {key: option.action for key, option in menu.options.items()} == {
        "1": RingAgents(agents=("alice", "bob"), seconds=15, at_once=False),
        "2": JoinQueue(queue="support"),
        "3": TakeVoicemail(prompt="Speak now."),
        "4": SendText(text="Our address: 1 Main Street"),
        "5": RunFlow(flow="reservations"),
        "6": ForwardCall(to="+351210000099", seconds=30),
        "7": SaySentence(sentence="We are on the second floor."),
        "8": HangUp(greeting="Good bye."),
        "9": OpenMenu(menu="billing"),
    }


def test_seconds_and_at_once_have_defaults() -> None:
    """Twenty seconds, all at once."""
    assert numbers(one_number('answer = { ring = ["alice"] }')).find(FRONT_DESK).answer == RingAgents(
        agents=("alice",), seconds=20, at_once=True
    )


def test_a_number_has_its_own_fields() -> None:
    """What it says itself, and what the top says for it."""
    number = front_desk()
    assert (number.name, number.numbers, number.tries) == ("Front desk", (FRONT_DESK, "12345"), 2)
    assert (number.greeting, number.speech, number.agent_menu) == ("Welcome.", False, False)
    assert (number.language, number.caller_id) == ("en", "+351210000001")
    assert number.otherwise == TakeVoicemail(prompt="Leave a message.")
    assert number.closed == TakeVoicemail(greeting="We open at nine.")


def test_blocked_callers_of_the_top_and_of_the_number_add_up() -> None:
    """All other fields of a number replace the top's."""
    assert front_desk().blocked == {"anonymous", "+351210000066"}
    assert ALL.find("+15550001").blocked == {"anonymous"}


def test_agents_queues_and_menus_are_found_by_name() -> None:
    """Settings are filled in; a menu knows the way back."""
    assert ALL.agents["bob"] == Agent(name="bob", number="+351210000020", pin="1357")
    assert ALL.queues["support"] == Queue(
        name="support",
        agents=("alice", "bob"),
        most_minutes=5,
        most_waiting=20,
        music="https://media.fabrikam.net/music.mp3",
        alert=("alice",),
        otherwise=TakeVoicemail(),
    )
    assert ALL.menus["billing"].options["*"].action == GoBack()
    assert (ALL.menus["billing"].greeting, ALL.menus["billing"].language) == ("Billing.", "pt")


def test_opening_hours_are_in_the_numbers_time_zone() -> None:
    """Ranges by weekday, and dates in place of them."""
    hours = front_desk().hours
    assert hours is not None
    assert (hours.name, hours.time_zone) == ("office", "Europe/Lisbon")
    assert hours.days[4] == (Range(540, 750), Range(840, 1080))
    assert (hours.days[5], hours.days[6]) == ((Range(600, 780),), ())
    assert hours.dates == {date(2026, 12, 24): (Range(540, 720),), date(2026, 12, 25): ()}


@pytest.mark.parametrize("called", [FRONT_DESK, "12345", f"whatsapp:{FRONT_DESK}"])
def test_a_number_is_found_by_each_of_its_addresses(called: str) -> None:
    """A list of numbers, and WhatsApp by its number."""
    assert ALL.find(called).name == "Front desk"


@pytest.mark.parametrize("called", ["+15550001", "whatsapp:+15550001", "sip:desk@fabrikam.net", ""])
def test_any_other_number_is_the_star(called: str) -> None:
    """It needs no name: there is one of it."""
    assert ALL.find(called).name == "other"
    assert ALL.find(called).known


def test_without_a_star_an_unknown_number_takes_voicemail() -> None:
    """In the language of the top; `known` distinguishes it from a number of the file."""
    unknown = numbers(at_top('language = "de"')).find("+15550001")
    assert (unknown.known, unknown.language, unknown.answer) == (False, "de", TakeVoicemail())


def test_a_name_from_a_url_finds_its_number() -> None:
    """The name is all of a number that travels."""
    assert ALL.named("Front desk") is front_desk()
    assert ALL.named("Front desk ") is None


def test_the_unknown_number_travels_as_an_empty_name() -> None:
    """A voicemail that it took is asked for again by its name."""
    assert ALL.named(ALL.unknown.name) is ALL.unknown


def test_an_only_number_needs_no_name() -> None:
    """Its URLs say main."""
    assert numbers(at_top("")).find(FRONT_DESK).name == "main"


@pytest.mark.parametrize(
    ("address", "names"),
    [("+351210000010", ["alice"]), ("client:alice", ["alice"]), ("alice", []), ("client:", []), ("", [])],
)
def test_agents_are_known_by_number_and_browser(address: str, names: list[str]) -> None:
    """A client's name without its scheme is nobody's address."""
    assert [agent.name for agent in ALL.agents_at(address)] == names


def test_an_agents_queues_are_those_that_name_the_agent() -> None:
    """They are what an agent who calls in is offered."""
    text = one_number("answer = { hangup = true }") + '[queues.other]\nagents = ["bob"]\n[agents.bob]\nclient = "bob"'
    read = numbers(text)
    assert [queue.name for queue in read.queues_of(read.agents_at("client:bob"))] == ["other"]


@pytest.mark.parametrize(
    ("speech", "key"),
    [
        ("Sales, please.", "1"),
        ("I want new orders", "1"),
        ("new things, orders", ""),
        ("a message for billing", "3"),
        ("SUPPORT!", "2"),
        ("salesman", ""),
        ("", ""),
    ],
)
def test_a_spoken_phrase_chooses_an_option(speech: str, key: str) -> None:
    """Whole words, in order, in any case; the first that was said; a label is a phrase when there are no words."""
    menu = front_desk().menu
    assert menu is not None
    assert menu.spoken(speech) == key


@pytest.mark.parametrize(
    ("body", "answer"),
    [("HOURS", "Weekdays 9 to 18."), ("  hours\n", "Weekdays 9 to 18."), ("hours?", None), ("*", None), ("", None)],
)
def test_a_keyword_is_the_whole_text(body: str, answer: str | None) -> None:
    """Trimmed, in any case of ASCII letters; "*" is not a keyword that somebody can send."""
    assert front_desk().answer_to_keyword(body) == answer


def test_keywords_ignore_the_case_of_ascii_letters_only() -> None:
    """A dotless i or a sharp s is no other letter in capitals."""
    number = numbers(
        one_number('answer = { hangup = true }\ntexts = { info = "A", straße = "B" }'.replace("straße", '"straße"'))
    )
    assert number.find(FRONT_DESK).answer_to_keyword("ınfo") is None
    assert number.find(FRONT_DESK).answer_to_keyword("STRAßE") == "B"
    assert number.find(FRONT_DESK).answer_to_keyword("STRASSE") is None


@pytest.mark.parametrize(
    ("caller", "blocked"),
    [
        ("+351210000066", True),
        ("Anonymous", True),
        ("+266696687", True),
        ("sip:x@fabrikam.net", True),
        ("", True),
        ("+351210000067", False),
    ],
)
def test_callers_are_blocked_by_number_or_for_having_none(caller: str, blocked: bool) -> None:
    """Numbers are compared whole."""
    assert front_desk().blocks(caller) is blocked


def test_sentences_are_the_teams_own_where_it_has_some() -> None:
    """Those of a language hold for each tag of it; all others are the product's."""
    spoken = ALL.sentences("pt-BR")
    assert (spoken.tag, spoken.goodbye) == ("pt-BR", "Até logo.")
    assert spoken.closed == numbers(at_top("")).sentences("pt").closed


def test_hours_of_the_table_itself_hold_for_every_number() -> None:
    """A number that is to be always open says so."""
    text = at_top('time_zone = "Europe/Lisbon"\n[hours]\ndays = { mon = ["09:00-10:00"] }')
    hours = numbers(text).find(FRONT_DESK).hours
    assert hours is not None
    assert hours.days[0] == (Range(540, 600),)
    assert numbers(text + 'hours = "always"').find(FRONT_DESK).hours is None


def test_a_number_may_be_in_a_time_zone_of_its_own() -> None:
    """The same hours by another clock."""
    text = at_top('[hours.office]\ndays = { mon = ["09:00-10:00"] }') + 'hours = "office"\ntime_zone = "Asia/Tokyo"'
    hours = numbers(text).find(FRONT_DESK).hours
    assert hours is not None
    assert hours.time_zone == "Asia/Tokyo"
    assert numbers(text).problems == ()


def test_windows_line_ends_and_a_byte_order_mark_are_read() -> None:
    """What Notepad writes."""
    assert numbers("\ufeff" + WHOLE.replace("\n", "\r\n")).problems == ()


def test_a_label_without_a_word_is_chosen_by_no_silence() -> None:
    """A picture alone: the key chooses the option, and no spoken phrase does."""
    read = numbers(one_number('menu.1 = { label = "📞", voicemail = true }'))
    assert read.numbers[0].menu is not None
    assert read.numbers[0].menu.options["1"].words == ()


@pytest.mark.parametrize("field", ['greeting = "Hi \\u0001"', 'greeting = "${ODD}"', 'texts = { HI = "a\\u0008" }'])
def test_a_character_that_twiml_cannot_hold_is_a_problem(field: str) -> None:
    """Twilio would drop the call. The text goes on without it."""
    text = one_number(f"{field}\nanswer = {{ voicemail = true }}")
    read = numbers(text, {"ODD": "a\x0bb"})
    assert [problem.kind for problem in read.problems] == ["wrong-value"]
    assert not re.search("[\x01\x08\x0b]", repr(read.numbers[0].greeting) + str(read.numbers[0].texts))


def test_a_name_by_place_is_no_other_numbers_name() -> None:
    """The second number has none, and the first is called as its place is."""
    entry = '[[numbers]]\nnumber = "+35121000000{}"\n{}\nanswer = {{ voicemail = true }}\n'
    read = numbers(entry.format(1, 'name = "number 2"') + entry.format(2, ""))
    assert len({each.name for each in read.numbers}) == 2
