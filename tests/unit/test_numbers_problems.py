"""What is wrong in a file: each problem by its path, its line and what to write; the rest of the file works."""

from datetime import UTC, datetime

import pytest

from switchboard.numbers import Hours, RingAgents, TakeVoicemail, opening
from tests.numbers_files import FRONT_DESK, WHOLE, at_top, found, numbers, one_number

TEN_MISTAKES = """\
language = "en"
time_zone = "Europe/Lisboa"

[hours.office]
days = { mon-fri = ["09:00-12:30", "14:00-8pm"], fri = [] }

[agents]
alice = { client = "alice", number = "210 000 010" }

[queues.support]
agents = ["alice", "bbo"]

[[numbers]]
number = "+351210000001"
hours = "ofice"
menu.1 = { label = "sales", ring = ["alcie"], seconds = 20 }
menu.2 = { label = "support", queue = "suport" }
menu.3 = { label = "both", voicemail = true, hangup = true }
menu.4 = { label = "good", ring = ["alice"] }
wecome = "Hello."
"""


def test_ten_mistakes_are_all_named_with_path_and_line() -> None:
    """Of value and of reference, in the order of the file."""
    assert found(TEN_MISTAKES) == [
        ("time_zone", 2, "wrong-value"),
        ("hours.office.days.mon-fri[1]", 5, "wrong-value"),
        ("hours.office.days.fri", 5, "duplicate"),
        ("agents.alice.number", 8, "wrong-value"),
        ("queues.support.agents[1]", 11, "unknown-name"),
        ("numbers[0].hours", 15, "unknown-name"),
        ("numbers[0].menu.1.ring[0]", 16, "unknown-name"),
        ("numbers[0].menu.2.queue", 17, "unknown-name"),
        ("numbers[0].menu.3", 18, "conflict"),
        ("numbers[0].wecome", 20, "unknown-field"),
    ]


def test_the_file_with_ten_mistakes_still_answers() -> None:
    """A good option works, all others take voicemail; a queue keeps the agents that exist."""
    read = numbers(TEN_MISTAKES)
    number = read.find(FRONT_DESK)
    assert number.menu is not None
    actions = {key: option.action for key, option in number.menu.options.items()}
    assert actions["4"] == RingAgents(agents=("alice",))
    assert [actions[key] for key in "123"] == [TakeVoicemail()] * 3
    assert number.menu.options["1"].label == "sales"
    assert read.queues["support"].agents == ("alice",)
    assert (number.language, number.hours) == ("en", None)


ANSWER = "answer = { voicemail = true }"
# What is written, in a file of one number; where the problem is, its kind, and a part of what to write instead.
IN_A_NUMBER = [
    # An action is exactly one thing, with what belongs to it.
    ("answer = {}", "numbers[0].answer", "conflict", "exactly one of ring"),
    ('answer = { ring = ["alice"], queue = "support" }', "numbers[0].answer", "conflict", "exactly one of ring"),
    ("answer = { voicemail = false }", "numbers[0].answer.voicemail", "wrong-value", "voicemail = true"),
    ("answer = { hangup = false }", "numbers[0].answer.hangup", "wrong-value", "hangup = true"),
    ('answer = { say = "Hi.", seconds = 9 }', "numbers[0].answer.seconds", "conflict", "Delete seconds"),
    ('answer = { forward = "+351210000099", at_once = true }', "numbers[0].answer.at_once", "conflict", "Delete"),
    ('answer = { say = "Hi.", label = "x" }', "numbers[0].answer.label", "conflict", "Delete label"),
    ('answer = "voicemail"', "numbers[0].answer", "wrong-type", "answer = { voicemail = true }"),
    ('answer = "Hello."', "numbers[0].answer", "wrong-type", 'answer = { say = "Hello." }'),
    ('answer = { ring = "alice" }', "numbers[0].answer.ring", "wrong-type", 'ring = ["alice"]'),
    ("answer = { ring = [] }", "numbers[0].answer.ring", "wrong-value", 'ring = ["alice"]'),
    ('answer = { ring = ["alice", "alice"] }', "numbers[0].answer.ring[1]", "duplicate", "Delete one"),
    ('answer = { ring = ["alice", 5] }', "numbers[0].answer.ring[1]", "wrong-type", 'ring = ["alice"]'),
    ('answer = { ring = ["alicia"] }', "numbers[0].answer.ring[0]", "unknown-name", '"alice"'),
    ('answer = { ring = ["alice"], seconds = "20" }', "numbers[0].answer.seconds", "wrong-type", "seconds = 20"),
    ('answer = { ring = ["alice"], seconds = 2 }', "numbers[0].answer.seconds", "wrong-value", "seconds = 20"),
    ('answer = { queue = "suport" }', "numbers[0].answer.queue", "unknown-name", '"support"'),
    ('answer = { menu = "less" }', "numbers[0].answer.menu", "unknown-name", '"more"'),
    ('answer = { menu = "back" }', "numbers[0].answer.menu", "wrong-value", '"more"'),
    ('answer = { forward = "210000099" }', "numbers[0].answer.forward", "wrong-value", "+351210000099"),
    (f'answer = {{ forward = "{FRONT_DESK}" }}', "numbers[0].answer.forward", "circle", "menu or ring"),
    ('answer = { flow = "My flow" }', "numbers[0].answer.flow", "wrong-value", "reservations"),
    ('answer = { text = "" }', "numbers[0].answer.text", "wrong-value", "text ="),
    ('answer = { say = "http://fabrikam.net/a.mp3" }', "numbers[0].answer.say", "wrong-value", "https"),
    ('answer = { say = "  " }', "numbers[0].answer.say", "wrong-value", "say ="),
    ('answer = { says = "Hi." }', "numbers[0].answer.says", "unknown-field", '"say"'),
    # Menus.
    ("menu.12 = { hangup = true }", "numbers[0].menu.12", "wrong-value", "single key"),
    ('menu."#" = { hangup = true }', 'numbers[0].menu."#"', "wrong-value", "0 to 9"),
    ("menu = {}", "numbers[0]", "missing", "menu.1"),
    ("menu = 5", "numbers[0].menu", "wrong-type", "menu = {"),
    ('menu.1 = { menu = "back", label = "x" }', "numbers[0].menu.1.menu", "wrong-value", '"more"'),
    (
        'menu.1 = { hangup = true, label = "stop" }\nmenu.2 = { hangup = true, words = ["Stop!"] }',
        "numbers[0].menu.2",
        "duplicate",
        "one option alone",
    ),
    # A number.
    ("", "numbers[0]", "missing", "answer = { … }"),
    (ANSWER + '\nmenu.1 = { label = "x", hangup = true }', "numbers[0]", "conflict", "Delete one"),
    (ANSWER + '\nname = "+351210000001"', "numbers[0].name", "wrong-value", "no phone number"),
    (ANSWER + '\nname = "210 000 001"', "numbers[0].name", "wrong-value", "no phone number"),
    (ANSWER + '\nname = "a/b"', "numbers[0].name", "wrong-value", "letters"),
    (ANSWER + '\nlanguage = "english"', "numbers[0].language", "wrong-value", "pt-BR"),
    (ANSWER + '\nlanguage = "it"', "numbers[0].language", "wrong-value", "pt-BR"),
    (ANSWER + "\ntries = 0", "numbers[0].tries", "wrong-value", "tries = 3"),
    (ANSWER + '\ncaller_id = "Contoso"', "numbers[0].caller_id", "wrong-value", "+351"),
    (ANSWER + '\nblocked = ["anonymous", "0900"]', "numbers[0].blocked[1]", "wrong-value", "anonymous"),
    (ANSWER + '\nblocked = "anonymous"', "numbers[0].blocked", "wrong-type", 'blocked = ["anonymous"]'),
    (ANSWER + '\nhours = "office"', "numbers[0].hours", "unknown-name", "none"),
    (ANSWER + "\ntexts = { HOURS = 9 }", "numbers[0].texts.HOURS", "wrong-type", "texts = {"),
    (ANSWER + '\ntexts = { HOURS = "A", hours = "B" }', "numbers[0].texts.hours", "duplicate", "once"),
    (ANSWER + '\ntext_flow = "no good"', "numbers[0].text_flow", "wrong-value", "orders"),
    (ANSWER + '\nspeech = "no"', "numbers[0].speech", "wrong-type", "speech = false"),
    (ANSWER + '\nclosed = { ring = ["carol"] }', "numbers[0].closed.ring[0]", "unknown-name", "alice"),
    # A line under the wrong header.
    (
        ANSWER + "\n[numbers.closed]\nhangup = true\nspeech = false",
        "numbers[0].closed.speech",
        "unknown-field",
        "[[numbers]]",
    ),
    (ANSWER + "\nagents = {}", "numbers[0].agents", "unknown-field", "above the first [header]"),
    (ANSWER + "\nvoicemail = true", "numbers[0].voicemail", "unknown-field", "answer = {"),
]


@pytest.mark.parametrize(("lines", "path", "kind", "write"), IN_A_NUMBER)
def test_a_mistake_in_a_number(lines: str, path: str, kind: str, write: str) -> None:
    """It is the one mistake of the file, at its place, and says what to write."""
    [problem] = [problem for problem in numbers(one_number(lines)).problems if not problem.warning]
    assert (problem.path, problem.kind) == (path, kind)
    assert write in problem.write
    assert 8 <= problem.line <= 13


HOURS = 'time_zone = "Europe/Lisbon"\n[hours.office]\n'
AT_THE_TOP = [
    ('language = "klingon"', "language", "wrong-value", "pt-BR"),
    ("language = 5", "language", "wrong-type", 'language = "en"'),
    ('time_zone = "Lisbon"', "time_zone", "wrong-value", "Europe/Lisbon"),
    ('time_zone = "../../etc/passwd"', "time_zone", "wrong-value", "Europe/Lisbon"),
    ('time_zone = "Europe"', "time_zone", "wrong-value", "Write"),
    ('time_zone = ""', "time_zone", "wrong-value", "Europe/Lisbon"),
    ('language = ""', "language", "wrong-value", "pt-BR"),
    ('voice = ""', "voice", "wrong-value", "Polly"),
    ('hours = "office"', "hours", "wrong-type", "hours = {"),
    ('colour = "red"', "colour", "unknown-field", "Known here"),
    ("menu.1 = { hangup = true }", "menu", "unknown-field", "[[numbers]]"),
    ("agents = []", "agents", "wrong-type", "agents = {"),
    ('agents.alice = "+351210000010"', "agents.alice", "wrong-type", 'alice = { number = "+351210000010" }'),
    ("agents.alice = {}", "agents.alice", "missing", "a number, a client, or both"),
    ('agents.alice = { client = "a b" }', "agents.alice.client", "wrong-value", 'client = "alice"'),
    ('agents.alice = { client = "a", pin = 1234 }', "agents.alice.pin", "wrong-type", "pin ="),
    ('agents.alice = { client = "a", pin = "12" }', "agents.alice.pin", "wrong-value", "pin ="),
    (f'agents.alice = {{ number = "{FRONT_DESK}" }}', "agents.alice.number", "circle", "agent's own phone"),
    ('agents = { a = { client = "x" }, b = { client = "x" } }', "agents.b.client", "duplicate", "of their own"),
    ('agents."+351210000010" = { client = "x" }', 'agents."+351210000010"', "wrong-value", "no phone number"),
    ("queues.support = {}", "queues.support", "missing", "agents ="),
    ('queues.support = { agents = ["x"] }', "queues.support.agents[0]", "unknown-name", "none"),
    ("menus.more = {}", "menus.more", "missing", "menu.1"),
    ('menus.back = { greeting = "x", menu.1 = { hangup = true } }', "menus.back", "wrong-value", "another name"),
    ('menus.more = { greeting = "x", menus.1 = { hangup = true } }', "menus.more.menus", "unknown-field", '"menu"'),
    (HOURS + 'days = { mon = "09:00-18:00" }', "hours.office.days.mon", "wrong-type", 'mon = ["09:00-18:00"]'),
    (HOURS + "days = { monday = [] }", "hours.office.days.monday", "wrong-value", "mon"),
    (HOURS + "days = { fri-mo = [] }", "hours.office.days.fri-mo", "wrong-value", "mon-fri"),
    (HOURS + "days = { mon-wed = [], tue = [] }", "hours.office.days.tue", "duplicate", "once"),
    (HOURS + 'days = { mon = ["9-17"] }', "hours.office.days.mon[0]", "wrong-value", "09:00-18:00"),
    (HOURS + 'days = { mon = ["09:60-17:00"] }', "hours.office.days.mon[0]", "wrong-value", "09:00-18:00"),
    (HOURS + 'days = { mon = ["24:00-25:00"] }', "hours.office.days.mon[0]", "wrong-value", "09:00-18:00"),
    (HOURS + 'days = { mon = ["09:00-09:00"] }', "hours.office.days.mon[0]", "wrong-value", "00:00-24:00"),
    (HOURS + "days = { mon = [9] }", "hours.office.days.mon[0]", "wrong-value", "09:00-18:00"),
    (HOURS + "dates = { 2026-02-30 = [] }", "hours.office.dates.2026-02-30", "wrong-value", "2026-12-25"),
    (HOURS + "dates = { 12-25 = [] }", "hours.office.dates.12-25", "wrong-value", "2026-12-25"),
    (HOURS + 'mon = ["09:00-18:00"]', "hours.office.mon", "unknown-field", "days"),
    (HOURS + 'days = {}\nlanguage = "pt"', "hours.office.language", "unknown-field", "above the first [header]"),
    ("[hours.always]\ndays = {}", "hours.always", "wrong-value", "another name"),
    ('[sentences.nl]\ngoodbye = "x"', "sentences.nl", "unknown-name", "pt"),
    ('[sentences.pt]\ngoodby = "x"', "sentences.pt.goodby", "unknown-field", '"goodbye"'),
    ('[sentences.pt]\ntag = "x"', "sentences.pt.tag", "unknown-field", "Known"),
    ("[sentences.pt]\ngoodbye = 5", "sentences.pt.goodbye", "wrong-type", "goodbye ="),
    ('[sentences.pt]\ngoodbye = ""', "sentences.pt.goodbye", "wrong-type", "goodbye ="),
    ('[sentences.pt]\ngoodbye = "{name}"', "sentences.pt.goodbye", "wrong-value", "none"),
    ('[sentences.pt]\nqueue_position = "{position!r}"', "sentences.pt.queue_position", "wrong-value", "{position}"),
    ('[sentences.pt]\nqueue_position = "{position"', "sentences.pt.queue_position", "wrong-value", "{position}"),
    ('[sentences]\npt = "x"', "sentences.pt", "wrong-type", "[sentences.pt]"),
]


@pytest.mark.parametrize(("lines", "path", "kind", "write"), AT_THE_TOP)
def test_a_mistake_above_the_numbers(lines: str, path: str, kind: str, write: str) -> None:
    """It is the one mistake of the file, at its line, and the number answers."""
    read = numbers(at_top(lines))
    [problem] = [problem for problem in read.problems if not problem.warning]
    assert (problem.path, problem.kind) == (path, kind)
    assert write in problem.write
    assert problem.line == lines.count("\n") + 1 - ("[hours.always]" in lines) - ("[sentences.nl]" in lines)
    assert read.find(FRONT_DESK).answer == TakeVoicemail()


OTHER = '[[numbers]]\nnumber = "+351210000002"\nanswer = { hangup = true }\n'
SEVERAL = [
    ("", "numbers", "missing", "[[numbers]]"),
    ("numbers = 5", "numbers", "wrong-type", "two brackets"),
    ("[numbers]\nnumber = '*'", "numbers", "wrong-type", "[[numbers]]"),
    ("numbers = [5]", "numbers[0]", "wrong-type", 'number = "+351210000001" below'),
    ("[[numbers]]\nanswer = { hangup = true }", "numbers[0]", "missing", 'number = "*"'),
    ("[[numbers]]\nnumber = 351210000001\nanswer = { hangup = true }", "numbers[0].number", "wrong-type", "+351"),
    ("[[numbers]]\nnumber = '210000001'\nanswer = { hangup = true }", "numbers[0].number", "wrong-value", "E.164"),
    (
        "[[numbers]]\nnumber = ['*', '080 0']\nanswer = { hangup = true }",
        "numbers[0].number[1]",
        "wrong-value",
        "E.164",
    ),
    (f"{OTHER}{OTHER}name = 'b'", "numbers[0]", "missing", "name ="),
    (f"{OTHER}name = 'a'\n{OTHER}name = 'b'", "numbers[1].number", "duplicate", "once"),
    (
        f"{OTHER}name = 'a'\n[[numbers]]\nname = 'a'\nnumber = '*'\nanswer.hangup = true",
        "numbers[1].name",
        "duplicate",
        "of its own",
    ),
]


@pytest.mark.parametrize(("text", "path", "kind", "write"), SEVERAL)
def test_a_mistake_among_the_numbers(text: str, path: str, kind: str, write: str) -> None:
    """The first of them is reported at its place."""
    problem = numbers(text).problems[0]
    assert (problem.path, problem.kind) == (path, kind)
    assert write in problem.write


def test_a_number_without_its_own_fields_still_answers() -> None:
    """Nothing says what calls get: voicemail."""
    assert numbers('[[numbers]]\nnumber = "*"').find("+15550001").answer == TakeVoicemail()


def test_two_numbers_of_one_name_are_both_found() -> None:
    """The second travels under its place in the file."""
    text = "[[numbers]]\nname = 'a'\nnumber = '+351210000002'\n" + at_top("") + "name = 'a'"
    read = numbers(text)
    assert read.named(read.find(FRONT_DESK).name) is read.find(FRONT_DESK)
    assert read.named("a") is read.find("+351210000002")


def test_a_range_that_is_wrong_is_closed_and_the_others_open() -> None:
    """The other ranges of that day hold."""
    text = at_top(HOURS + 'days = { mon = ["09:00-12:00", "14-18"] }') + 'hours = "office"'
    hours = numbers(text).find(FRONT_DESK).hours
    assert isinstance(hours, Hours)
    assert opening(hours, datetime(2026, 6, 1, 9, tzinfo=UTC)).open
    assert not opening(hours, datetime(2026, 6, 1, 15, tzinfo=UTC)).open


def test_hours_without_a_time_zone_are_a_problem() -> None:
    """They are read as UTC."""
    text = at_top('[hours.office]\ndays = { mon = ["09:00-12:00"] }') + 'hours = "office"'
    assert [(problem.path, problem.kind) for problem in numbers(text).problems] == [("numbers[0].hours", "missing")]
    hours = numbers(text).find(FRONT_DESK).hours
    assert isinstance(hours, Hours)
    assert hours.time_zone == "UTC"


def test_more_phones_at_once_than_twilio_rings_are_a_problem() -> None:
    """An agent with a number and a browser has two."""
    agents = ", ".join(f'a{each} = {{ client = "a{each}", number = "+3512100001{each:02}" }}' for each in range(6))
    ring = ", ".join(f'"a{each}"' for each in range(6))
    text = f'agents = {{ {agents} }}\n[[numbers]]\nnumber = "*"\nanswer = {{ ring = [{ring}]'
    assert [(each.path, each.kind) for each in numbers(text + " }").problems] == [
        ("numbers[0].answer.ring", "wrong-value")
    ]
    assert numbers(text + ", at_once = false }").problems == ()


def test_nothing_is_named_by_a_phone_number() -> None:
    """Names travel in URLs: such a queue is absent, and what refers to it takes voicemail."""
    text = 'queues."+351210000010" = { agents = ["alice"] }\n' + one_number('answer = { queue = "+351210000010" }')
    read = numbers(text)
    assert [(problem.path, problem.kind) for problem in read.problems] == [
        ('queues."+351210000010"', "wrong-value"),
        ("numbers[0].answer.queue", "unknown-name"),
    ]
    assert "+351210000010" not in read.queues
    assert read.find(FRONT_DESK).answer == TakeVoicemail()


CIRCLES = [
    ('[queues.a]\nagents = ["x"]\notherwise = { queue = "a" }', ["queues.a.otherwise"]),
    (
        '[queues.a]\nagents = ["x"]\notherwise = { queue = "b" }\n'
        '[queues.b]\nagents = ["x"]\notherwise = { queue = "a" }',
        ["queues.b.otherwise"],
    ),
    ('[menus.a]\ngreeting = "x"\nmenu.1 = { hangup = true }\notherwise = { menu = "a" }', ["menus.a.otherwise"]),
    (
        '[menus.a]\ngreeting = "x"\nmenu.1 = { menu = "b" }\notherwise = { menu = "b" }\n'
        '[menus.b]\ngreeting = "x"\nmenu.1 = { hangup = true }\notherwise = { menu = "back" }',
        ["menus.b.otherwise"],
    ),
]


@pytest.mark.parametrize(("text", "paths"), CIRCLES)
def test_a_circle_of_otherwise_is_a_problem_and_is_opened(text: str, paths: list[str]) -> None:
    """A caller who chooses nothing would go round for ever; the file that is read has no circle."""
    read = numbers(at_top("[agents.x]\nclient = 'x'\n" + text))
    assert [problem.path for problem in read.problems if problem.kind == "circle"] == paths
    opened = [queue.otherwise for queue in read.queues.values()] + [menu.otherwise for menu in read.menus.values()]
    assert TakeVoicemail() in opened


def test_a_number_whose_otherwise_leads_to_a_menu_that_leads_back_is_a_circle() -> None:
    """The number's own menu is what the menu goes back to."""
    more = '[menus.m]\ngreeting = "x"\nmenu.1 = { hangup = true }\notherwise = { menu = "back" }\n'
    text = one_number('menu.1 = { label = "m", menu = "m" }\notherwise = { menu = "m" }') + more
    assert [problem.path for problem in numbers(text).problems] == ["numbers[0].otherwise"]


def test_a_way_back_alone_is_no_circle() -> None:
    """The menu before ends by an `otherwise` of its own."""
    assert numbers(WHOLE).problems == ()


def test_health_says_paths_and_kinds_and_no_value() -> None:
    """The page is public: no sentence, no name that was meant, no number, not even one that is a key."""
    text = at_top('agents."+351210000010" = { client = "x" }\nlanguage = "secret words"')
    public = [problem.public for problem in numbers(text).problems]
    assert public == ['agents."…": wrong-value', "language: wrong-value"]


def test_a_problem_reads_as_a_sentence() -> None:
    """Line, path, what is wrong, what to write."""
    [problem] = numbers(one_number('answer = { queue = "suport" }')).problems
    assert str(problem) == 'line 10: numbers[0].answer.queue: there is no queue "suport". Write "support".'
