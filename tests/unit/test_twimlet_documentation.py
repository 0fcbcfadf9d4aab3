"""docs/twimlets.md and the code are compared: each Twimlet, each parameter, each example's answer."""

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from urllib.parse import parse_qsl
from xml.etree import ElementTree

import pytest

from switchboard.twimlets import MODULES, TWIMLETS, dialling, speaker
from tests.fakes import FakeHoldMusic, FakeServices
from tests.functions import serving, twimlet

PAGE = (Path(__file__).parents[2] / "docs" / "twimlets.md").read_text()
SECTIONS = {part.partition("\n")[0]: part for part in PAGE.split("\n## ")[1:]}
EXAMPLE = re.compile(r"```http\n((?:GET|POST) .*?)```\n+```(?:xml|http)\n(.*?)```", re.DOTALL)
EXAMPLES = [(name, *found) for name in TWIMLETS for found in EXAMPLE.findall(SECTIONS.get(name, ""))]
# Added by Twilio or by a Twimlet's own action: not a part of a user's URL.
ADDED_BY_TWILIO = re.compile(
    r"Dial|DialStatus|DialCallStatus|DialBridged|Digits|(Recording|Transcription)\w+|From|To|Caller|Called|CallSid"
)


@pytest.fixture(autouse=True)
def worker() -> Iterator[None]:
    """A worker on fakes; the bucket of the page's example has one sound."""
    with serving(FakeServices(hold_music=FakeHoldMusic({"com.twilio.music.classical": ["BusyStrings.mp3"]}))):
        yield


def parameters_read(module: ModuleType) -> set[str]:
    """Every parameter that a module and its helpers read."""
    parts = [module, *([dialling] if dialling in vars(module).values() else [])]
    if hasattr(module, "Speaker"):
        parts.append(speaker)
    source = "".join(inspect.getsource(part) for part in parts)
    read = re.findall(r'parameters\.(?:text|items|entries|flag|seconds|web_address)\("(\w+)"', source)
    return {name for name in read if not ADDED_BY_TWILIO.fullmatch(name)}


def test_the_page_has_every_twimlet() -> None:
    """And no other, each with an example."""
    assert set(TWIMLETS) == {name for name in SECTIONS if re.fullmatch("[a-z]+", name)}
    assert {name for name, _, _ in EXAMPLES} == set(TWIMLETS)
    assert len(TWIMLETS) == 11


@pytest.mark.parametrize("module", MODULES, ids=list(TWIMLETS))
def test_a_twimlet_names_the_parameters_that_it_reads(module: ModuleType) -> None:
    """The page that builds URLs offers them."""
    assert parameters_read(module) == {field.name for field in module.TWIMLET.fields}


@pytest.mark.parametrize("name", TWIMLETS)
def test_the_table_has_every_parameter(name: str) -> None:
    """And no other."""
    cells = [line.split("|")[1] for line in SECTIONS[name].splitlines() if line.startswith("| `")]
    tabled = {each for cell in cells for each in re.findall(r"`(\w+)", cell)}
    assert tabled == {field.name for field in TWIMLETS[name].fields}


@pytest.mark.parametrize(("name", "request_text", "expected"), EXAMPLES)
async def test_an_example_is_answered_as_the_page_says(name: str, request_text: str, expected: str) -> None:
    """As a signed request."""
    line, _, form = request_text.strip().partition("\n\n")
    method, target = line.split(" ")
    assert target.partition("?")[0] == f"/api/twimlets/{name}"
    answer = await twimlet(target, dict(parse_qsl(form)), method=method)
    if expected.startswith("HTTP"):
        assert f"HTTP/1.1 {answer.status} Found\nLocation: {answer.location}\n" == expected
    else:
        assert ElementTree.canonicalize(answer.text) == ElementTree.canonicalize(expected)


def test_the_original_and_the_new_url_differ_before_the_name_only() -> None:
    """The example at the top of the page."""
    old, new = re.findall(r"^ {4}(https?://\S+)$", PAGE, re.MULTILINE)
    assert old.partition("twimlets.com/")[2] == new.partition("/api/twimlets/")[2]
