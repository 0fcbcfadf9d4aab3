"""The phone's page, its documentation and the stand-in say the same."""

from __future__ import annotations

import re
from pathlib import Path

from local.twilio.faults import NAMES
from local.twilio.twiml.interpreter import VERBS
from local.twilio.twiml.nouns import NOUNS

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "phone.md").read_text()
PHONE = ROOT / "local" / "phone"
API = (ROOT / "local" / "twilio" / "phone_api.py").read_text()


def section(heading: str) -> str:
    """The text under a heading of the guide."""
    return GUIDE.partition(f"## {heading}\n")[2].partition("\n## ")[0]


def test_every_fault_is_in_the_guide_and_on_the_page() -> None:
    """By its name, and with words for it."""
    assert tuple(re.findall(r"^\| .* \| `(\w+)` \|", section("Faults"), re.MULTILINE)) == NAMES
    words = (PHONE / "faults.js").read_text().partition("const WORDS = {")[2].partition("};")[0]
    assert tuple(re.findall(r"^  (\w+): \[", words, re.MULTILINE)) == NAMES


def test_every_verb_that_is_acted_out_is_in_the_guide() -> None:
    """And nouns that are somebody to dial, but for those that are other kinds of number."""
    listed = set(re.findall(r"\b[A-Z][a-zA-Z]+\b", section("What is acted out").partition("Verbs that need media")[0]))
    assert set(VERBS) <= listed
    assert listed & NOUNS == {"Number", "Client", "Conference", "Queue"}


def test_every_route_of_the_page_is_in_its_modules_list() -> None:
    """What a program may ask is written down where it is served."""
    documented = API.partition('"""')[2].partition('"""')[0]
    routes = re.findall(r'web\.(?:get|post|delete)\("(/standin/[^"]+)"', API)
    doings = re.findall(r'^    "(\w+)": ', API.partition("DOINGS: ")[2], re.MULTILINE)
    assert len(routes) >= 8
    assert len(doings) >= 7
    missing = [route for route in routes if route not in documented]
    assert missing + [name for name in doings if f"/{name}" not in documented] == []


def test_the_page_names_no_other_host() -> None:
    """Its files hold no address but their own."""
    for path in PHONE.iterdir():
        addresses = re.findall(r"https?://[\w.]+|//[\w-]+\.[\w.]+", path.read_text())
        assert set(addresses) <= {"http://www.w3.org"}, path.name
