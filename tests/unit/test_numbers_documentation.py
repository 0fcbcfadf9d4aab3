"""docs/numbers.md: each file of the cookbook is good, and the calls under it go as they are written."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from switchboard.numbers.reader import read
from switchboard.numbers.tables import NumberTable, TopTable
from switchboard.settings import MOVED
from tests.voice_calls import Call, only, rung, verbs
from tests.voice_calls import read as twiml

GUIDE = (Path(__file__).parents[2] / "docs" / "numbers.md").read_text()
SETTINGS = {"ANA_PIN": "2468"}
LISBON = ZoneInfo("Europe/Lisbon")


@dataclass(frozen=True)
class Recipe:
    """A file of the page, and the calls that are written under it."""

    text: str
    calls: tuple[str, ...]


def recipes() -> Iterator[Recipe]:
    """Every file of the page, in order."""
    blocks = re.findall(r"```(toml|call)\n(.*?)```", GUIDE, re.DOTALL)
    for index, (kind, text) in enumerate(blocks):
        if kind == "toml":
            later = blocks[index + 1 :]
            end = next((place for place, block in enumerate(later) if block[0] == "toml"), len(later))
            yield Recipe(text, tuple(block[1] for block in later[:end]))


RECIPES = list(recipes())


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.text.splitlines()[0])
def test_a_recipe_is_a_file_without_mistakes(recipe: Recipe) -> None:
    """As in Azure, so without an example's host or number too. A PIN may be missing: the page says why it is there."""
    problems = read(recipe.text, SETTINGS, local=False).problems
    assert [str(problem) for problem in problems if problem.kind != "no-pin"] == []
    assert recipe.calls


@pytest.mark.parametrize(
    ("text", "call"), [(recipe.text, call) for recipe in RECIPES for call in recipe.calls], ids=lambda each: each[:40]
)
def test_a_call_goes_as_it_is_written(text: str, call: str) -> None:
    """Line by line."""
    Played(text, call).play()


def test_the_page_has_the_recipes_that_people_look_for() -> None:
    """A page that lost one would agree with the tests above."""
    headings = re.findall(r"^## (.+)$", GUIDE, re.MULTILINE)
    assert headings[:5] == [
        *("One shop, two languages", "Lunch break and holidays", "A line for emergencies at night"),
        *("My browser, then my mobile", "A queue with overflow"),
    ]
    assert len(RECIPES) >= 7


def test_every_field_of_a_number_is_on_the_page() -> None:
    """Also those of the top, and the settings that moved."""
    for name in (*NumberTable.__struct_fields__, *TopTable.__struct_fields__, *MOVED):
        assert re.search(rf"\b{name}\b", GUIDE), name


class Played:
    """A call of the page. Each line is found in the answers, in order: what is not written may be there too."""

    def __init__(self, text: str, call: str) -> None:
        first, *self._lines = call.strip().splitlines()
        caller, called, at = re.fullmatch(r"(\S+) calls (\S+) at (\S+)", first).groups()  # type: ignore[union-attr]
        now = datetime.fromisoformat(at).replace(tzinfo=LISBON)
        self._call = Call(text, caller=caller, called=called, now=now, settings=SETTINGS)
        self._call.start()
        self._said = list(self._call.said)

    def play(self) -> None:
        """Play all lines."""
        for line in self._lines:
            pattern, do = next((pattern, do) for pattern, do in self._steps() if re.fullmatch(pattern, line))
            do(*re.fullmatch(pattern, line).groups())  # type: ignore[union-attr]

    def _steps(self) -> list[tuple[str, Callable[..., None]]]:
        return [
            (r"hears: (.+)", self._hears),
            (r"(?:presses|enters) (\S+)", lambda keys: self._go(lambda: self._call.press(keys))),
            (r"says: (.+)", lambda words: self._go(lambda: self._call.speak(words))),
            (r"chooses nothing", lambda: self._go(self._call.silent)),
            (r"rings: (.+)", self._rings),
            (r"nobody accepts", lambda: self._go(self._call.dial_ends)),
            (r"they talk", lambda: self._go(lambda: self._call.dial_ends("completed", bridged=True))),
            (r"waits in: (\S+)", self._waits),
            (r"leaves the queue after (\d+) seconds", self._leaves),
            (r"(\S+) gets a text: (.+)", self._gets_text),
            (r"takes the next caller of: (\S+)", self._takes),
            (r"leaves a message", lambda: only(self._call.document, "Record")),  # type: ignore[list-item]
            (r"the call ends", self._ends),
        ]

    def _go(self, move: Callable[[], str]) -> None:
        move()
        if self._call.verbs == ["Redirect"]:
            self._call.silent()
        self._said = list(self._call.said)

    def _hears(self, sentence: str) -> None:
        assert sentence in self._said, f"{sentence!r} is not among {self._said}"
        self._said = self._said[self._said.index(sentence) + 1 :]

    def _rings(self, places: str) -> None:
        assert rung(self._call.document) == places.split(", ")

    def _waits(self, queue: str) -> None:
        assert only(self._call.document, "Enqueue").text == queue

    def _leaves(self, seconds: str) -> None:
        assert verbs(self._call.wait(QueueTime=seconds)) == ["Leave"]
        self._go(lambda: self._call.wait_ends("leave", int(seconds)))

    def _gets_text(self, number: str, text: str) -> None:
        assert [(sms.get("to"), sms.text) for sms in twiml(self._call.document).iter("Sms")] == [(number, text)]

    def _takes(self, queue: str) -> None:
        assert only(self._call.document, "Queue").text == queue

    def _ends(self) -> None:
        assert self._call.verbs[-1] == "Hangup"
