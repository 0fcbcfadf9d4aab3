"""What operators read: what each number does now, until when, and who is rung."""

from datetime import UTC, datetime

import pytest

from switchboard.numbers import summary
from tests.numbers_files import FRONT_DESK, WHOLE, at_top, numbers, one_number

OPEN = datetime(2026, 12, 22, 10, tzinfo=UTC)
HOLIDAY = datetime(2026, 12, 25, 10, tzinfo=UTC)
ALL = numbers(WHOLE)


def test_an_open_number_says_until_when_and_what_each_key_does() -> None:
    """A menu of a menu is below its key; agents are shown with what rings."""
    assert summary.shown_at(ALL, FRONT_DESK, OPEN) == (
        """\
Front desk (+351210000001) is open
  since Tue 2026-12-22 09:00 (Europe/Lisbon)
  until Tue 2026-12-22 12:30 (Europe/Lisbon)
  says "Welcome."
  1 sales: rings alice (+351210000010 and browser), bob (+351210000020) one after another for 15 s
  2 support: waits in queue support
  3 a message: voicemail: says "Speak now."
  4 gets a text: "Our address: 1 Main Street"
  5 flow reservations
  6 forwards to +351210000099 for 30 s
  7 says "We are on the second floor."
  8 says "Good bye.", then hangs up
  9 billing: menu billing
    says "Billing."
    1 rings bob (+351210000020) for 20 s
    * the menu before
    otherwise the menu before
  otherwise voicemail: says "Leave a message."
  texts: answers HOURS; flow orders; any other: "Thank you.\""""
    )


def test_a_closed_number_says_when_it_opens() -> None:
    """On a holiday: since the eve's end, until the day after's start."""
    assert summary.shown_at(ALL, FRONT_DESK, HOLIDAY).splitlines() == [
        "Front desk (+351210000001) is closed",
        "  since Thu 2026-12-24 12:00 (Europe/Lisbon)",
        "  until Sat 2026-12-26 10:00 (Europe/Lisbon)",
        '  says "We open at nine.", then voicemail',
        '  texts: answers HOURS; flow orders; any other: "Thank you."',
    ]


def test_a_moment_without_a_time_zone_is_by_the_numbers_clock() -> None:
    """In June half past eight in Lisbon is before opening; half past eight in UTC is not."""
    by_the_wall = datetime.fromisoformat("2026-06-23T08:30")
    assert summary.shown_at(ALL, FRONT_DESK, by_the_wall).startswith("Front desk (+351210000001) is closed")
    assert summary.shown_at(ALL, FRONT_DESK, by_the_wall.replace(tzinfo=UTC)).startswith(
        "Front desk (+351210000001) is open"
    )


def test_a_number_of_the_star_is_shown_as_it_was_asked_for() -> None:
    """The name is the star's."""
    shown = summary.shown_at(ALL, "+15550001", OPEN)
    assert shown.startswith("other (+15550001) is open\n  always: it has no opening hours\n  rings bob (+351210000020)")


def test_a_number_that_is_not_in_the_file_is_shown_as_such() -> None:
    """What its callers get all the same."""
    shown = summary.shown_at(numbers(at_top("")), "+15550001", OPEN)
    assert shown == "+15550001 is not in the file\n  an apology, then voicemail"


def test_the_summary_has_every_number_and_queue() -> None:
    """In the order of the file."""
    lines = summary.summary(ALL, OPEN).splitlines()
    assert [line for line in lines if line and not line.startswith(" ")] == [
        "Front desk (+351210000001, 12345) is open",
        "other (any other) is open",
        "Queue support, served by alice (+351210000010 and browser), bob (+351210000020)",
    ]
    assert "Any other number" not in summary.summary(ALL, OPEN)
    assert "Any other number: an apology, then voicemail" in summary.summary(numbers(at_top("")), OPEN)


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ('answer = { ring = ["alice"] }', "  rings alice (browser) for 20 s\n  otherwise voicemail"),
        (
            'menu.1 = { label = "x", hangup = true }',
            "otherwise good bye when nothing was chosen, voicemail when nobody",
        ),
        ("answer = { hangup = true }", "  texts: no answer"),
        ('answer = { say = "https://media.fabrikam.net/a.mp3" }', "  plays https://media.fabrikam.net/a.mp3"),
    ],
)
def test_what_follows_by_itself_is_said_too(line: str, shown: str) -> None:
    """Defaults that the file does not write."""
    assert shown in summary.shown_at(numbers(one_number(line)), FRONT_DESK, OPEN)


def test_menus_that_lead_to_each_other_are_shown_once_on_each_way() -> None:
    """The tree ends."""
    menus = '[menus.a]\ngreeting = "A"\nmenu.1 = { menu = "b" }\n[menus.b]\ngreeting = "B"\nmenu.1 = { menu = "a" }\n'
    read = numbers(menus + at_top("").replace("voicemail = true", 'menu = "a"'))
    assert read.problems == ()
    assert summary.shown_at(read, FRONT_DESK, OPEN).count('says "A"') == 1


def test_an_agent_who_cannot_be_rung_is_shown_as_such() -> None:
    """An empty setting is the usual reason."""
    read = numbers('[agents]\na = { number = "${EMPTY}" }\n[[numbers]]\nnumber = "*"\nanswer = { ring = ["a"] }')
    assert "rings nobody: no agent can be rung" in summary.summary(read, OPEN)


def test_nothing_in_the_file_can_drive_a_terminal() -> None:
    """Escape, direction and line-break characters are blanks."""
    read = numbers(one_number('greeting = "a\\u001b[2Jb\\u202Ec\\nd"\nanswer = { hangup = true }'))
    assert 'says "a[2Jb c d"' in summary.shown_at(read, FRONT_DESK, OPEN)
