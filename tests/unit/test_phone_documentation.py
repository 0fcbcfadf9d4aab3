"""The phone page, its documentation and the stand-in agree."""

from __future__ import annotations

import re
from pathlib import Path

from local.twilio.faults import NAMES
from local.twilio.twiml.interpreter import VERBS
from local.twilio.twiml.nouns import NOUNS

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "phone.md").read_text()
PHONE = ROOT / "local" / "phone"
API = (ROOT / "local" / "twilio" / "page" / "api.py").read_text()


def section(heading: str) -> str:
    """The text under a heading of the guide."""
    return GUIDE.partition(f"## {heading}\n")[2].partition("\n## ")[0]


def test_every_fault_is_in_the_guide_and_on_the_page() -> None:
    """With its name and a description."""
    assert tuple(re.findall(r"^\| .* \| `(\w+)` \|", section("Faults"), re.MULTILINE)) == NAMES
    words = (PHONE / "faults.js").read_text().partition("const WORDS = {")[2].partition("};")[0]
    assert tuple(re.findall(r"^  (\w+): \[", words, re.MULTILINE)) == NAMES


def test_every_simulated_verb_is_in_the_guide() -> None:
    """And the nouns of <Dial>, except other kinds of number."""
    listed = set(re.findall(r"\b[A-Z][a-zA-Z]+\b", section("Simulated TwiML").partition("Verbs that need media")[0]))
    assert set(VERBS) <= listed
    assert listed & NOUNS == {"Number", "Client", "Conference", "Queue"}


def test_every_route_of_the_page_is_in_its_modules_docstring() -> None:
    """The list in the module that serves them is complete."""
    documented = API.partition('"""')[2].partition('"""')[0]
    routes = re.findall(r'web\.(?:get|post|delete)\("(/standin/[^"]+)"', API)
    actions = re.findall(r'^    "(\w+)": ', API.partition("ACTIONS: ")[2], re.MULTILINE)
    assert len(routes) >= 8
    assert len(actions) >= 7
    missing = [route for route in routes if route not in documented]
    assert missing + [name for name in actions if f"/{name}" not in documented] == []


def test_the_page_names_no_other_host() -> None:
    """Its files contain no address of another host."""
    for path in PHONE.iterdir():
        addresses = re.findall(r"https?://[\w.]+|//[\w-]+\.[\w.]+", path.read_text())
        assert set(addresses) <= {"http://www.w3.org"}, path.name
