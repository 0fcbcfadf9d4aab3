"""Texts of numbers.toml that tests read: the product's tests never read the team's own file."""

from switchboard.numbers import Numbers
from switchboard.numbers.reader import read

FRONT_DESK = "+351210000001"
SETTINGS = {"OPERATOR_NUMBER": "+351210000020", "EMPTY": ""}

# Everything that the file can say, with nothing wrong in it.
WHOLE = """\
language = "en"
time_zone = "Europe/Lisbon"
caller_id = "+351210000001"
blocked = ["anonymous"]

[hours.office]
days = { mon-fri = ["09:00-12:30", "14:00-18:00"], sat = ["10:00-13:00"] }
dates = { 2026-12-24 = ["09:00-12:00"], 2026-12-25 = [] }

[agents]
alice = { client = "alice", number = "+351210000010", pin = "2468" }
bob = { number = "${OPERATOR_NUMBER}", pin = "1357" }

[queues.support]
agents = ["alice", "bob"]
most_minutes = 5
most_waiting = 20
music = "https://media.fabrikam.net/music.mp3"
alert = ["alice"]
otherwise = { voicemail = true }

[menus.billing]
greeting = "Billing."
language = "pt"
menu.1 = { ring = ["bob"] }
menu."*" = { menu = "back" }
otherwise = { menu = "back" }

[[numbers]]
number = ["+351210000001", "12345"]
name = "Front desk"
hours = "office"
greeting = "Welcome."
tries = 2
menu.1 = { label = "sales", words = ["sales", "New orders"], ring = ["alice", "bob"], seconds = 15, at_once = false }
menu.2 = { label = "support", queue = "support" }
menu.3 = { label = "a message", voicemail = "Speak now." }
menu.4 = { text = "Our address: 1 Main Street" }
menu.5 = { flow = "reservations" }
menu.6 = { forward = "+351210000099", seconds = 30 }
menu.7 = { say = "We are on the second floor." }
menu.8 = { hangup = true, greeting = "Good bye." }
menu.9 = { label = "billing", menu = "billing" }
otherwise = { voicemail = "Leave a message." }
closed = { greeting = "We open at nine.", voicemail = true }
texts = { hours = "Weekdays 9 to 18.", "*" = "Thank you." }
text_flow = "orders"
speech = false
agent_menu = false
blocked = ["+351210000066"]

[[numbers]]
number = "*"
language = "pt-BR"
answer = { ring = ["bob"] }

[sentences.pt]
goodbye = "Até logo."
"""


# One mistake of value or reference in each of ten lines, and nothing else.
MISTAKES = {
    2: "time_zone",
    4: "hours.office.days.mon-fry",
    5: "hours.office.dates.2026-13-01",
    7: "agents.ana.number",
    9: "queues.support.agents[1]",
    10: "queues.support.most_minutes",
    16: "numbers[0].menu.1.ring[0]",
    17: "numbers[0].menu.2.queue",
    18: "numbers[0].menu.3.voicemial",
    20: "numbers[0].greting",
}
TEN_MISTAKES = """\
language = "en"
time_zone = "Europe/Lisboa"
[hours.office]
days = { mon-thu = ["09:00-18:00"], mon-fry = ["09:00-18:00"] }
dates = { 2026-13-01 = [] }
[agents]
ana = { number = "0912", client = "ana" }
[queues.support]
agents = ["ana", "anna"]
most_minutes = 0
[[numbers]]
number = "+15005550001"
name = "Front desk"
greeting = "Welcome."
hours = "office"
menu.1 = { label = "sales", ring = ["bob"] }
menu.2 = { label = "support", queue = "suport" }
menu.3 = { label = "a message", voicemial = true }
menu.4 = { label = "the address", say = "1 Main Street" }
greting = "Hello."
"""


def numbers(text: str, settings: dict[str, str] | None = None, *, local: bool = True) -> Numbers:
    """The text, read as on a developer's machine unless `local` is false."""
    return read(text, SETTINGS if settings is None else settings, local=local)


def one_number(lines: str) -> str:
    """A file with one agent, one queue, one menu and one number, and these lines at the end of the number."""
    return f"""\
[agents]
alice = {{ client = "alice" }}
[queues.support]
agents = ["alice"]
[menus.more]
greeting = "More."
menu.1 = {{ hangup = true }}
[[numbers]]
number = "{FRONT_DESK}"
{lines}
"""


def at_top(lines: str) -> str:
    """A file with one number that takes voicemail, and these lines at its top."""
    return f'{lines}\n[[numbers]]\nnumber = "{FRONT_DESK}"\nanswer = {{ voicemail = true }}\n'


def found(text: str, *, local: bool = True) -> list[tuple[str, int, str]]:
    """Path, line and kind of each problem."""
    return [(problem.path, problem.line, problem.kind) for problem in numbers(text, local=local).problems]
