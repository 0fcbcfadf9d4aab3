"""README, guide, example settings and code are compared with each other."""

import json
import re
from pathlib import Path

import msgspec
import pytest

from local import __main__ as command_line
from switchboard import commands
from switchboard.adapters.table_ledger import DELIVERIES, OPT_OUTS
from switchboard.commands import COMMAND_TYPES
from switchboard.events import EVENT_TYPES, AnyEvent, type_of
from switchboard.queues import DEAD_LETTER, EVENTS, QUEUES, read_json
from switchboard.settings import SETTINGS, STORAGE, STORAGE_SETTINGS, Settings
from tests import published

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
GUIDE = (ROOT / "docs" / "guide.md").read_text()
EXAMPLE: dict[str, str] = json.loads((ROOT / "local.settings.example.json").read_text())["Values"]
MAKEFILE = (ROOT / "Makefile").read_text()
SOURCE = "\n".join(path.read_text() for path in sorted((ROOT / "switchboard").rglob("*.py")))

# The Functions host reads it from its settings file; the app does not.
READ_BY_HOST = {"FUNCTIONS_WORKER_RUNTIME"}
NAMES = {setting.name for setting in SETTINGS}
IDENTITY_FORM = set(STORAGE_SETTINGS) - {STORAGE}


def rows_of_readme() -> dict[str, str]:
    """The README's table of settings: name and description of each row."""
    table = README.partition("## Settings")[2].partition("\n## ")[0]
    cells = [line.strip("|").split("|") for line in table.splitlines() if line.startswith("| `")]
    return {name.strip().strip("`"): sentence.strip() for name, sentence in cells}


def fenced(language: str, text: str = GUIDE) -> list[str]:
    """The code blocks with this language."""
    return re.findall(rf"```{re.escape(language)}\n(.*?)```", text, re.DOTALL)


def test_the_readme_has_each_setting_with_its_description() -> None:
    """The README's table equals the code's."""
    assert rows_of_readme() == {setting.name: setting.about for setting in SETTINGS} | STORAGE_SETTINGS


def test_the_example_file_has_every_setting() -> None:
    """And no other, except those of the identity form, which only Azure has."""
    assert set(EXAMPLE) - READ_BY_HOST == NAMES | {STORAGE}


def test_each_setting_fills_a_field_of_its_own() -> None:
    """And every field but three, which are results of the reading."""
    fields = [setting.field for setting in SETTINGS]
    assert sorted(fields) == sorted(set(Settings.__struct_fields__) - {"local", "ignored", "moved"})


def test_a_local_setting_is_described_as_local() -> None:
    """So that nobody sets it in Azure."""
    for setting in SETTINGS:
        assert ("developer's machine only" in setting.about) == (setting.where == "local")


def test_every_queue_and_table_is_in_the_guide() -> None:
    """The guide's list equals the code's."""
    listed, _, tables = GUIDE.partition("## Queues and tables by name")[2].partition("Tables:")
    assert set(re.findall(r"`([a-z-]+)`", tables)) == {DELIVERIES, OPT_OUTS}
    triggered = re.findall(r'queue_trigger\("message", "([a-z-]+)"', SOURCE)
    assert set(re.findall(r"`([a-z-]+)`", listed)) == set(QUEUES)
    assert set(triggered) == set(QUEUES) - {EVENTS, DEAD_LETTER}


def test_every_route_is_documented() -> None:
    """Each route that a person configures is in the README or the guide."""
    routes = re.findall(r'\.route\("([^"]+)"', SOURCE)
    assert len(routes) >= 11
    documented = README + GUIDE
    missing = [route for route in routes if f"/api/{route}" not in documented and not route.startswith("status/")]
    assert not missing


@pytest.mark.parametrize("queue", COMMAND_TYPES)
def test_the_guides_commands_are_valid(queue: str) -> None:
    """Each JSON block."""
    blocks = fenced(f"json {queue}")
    assert blocks
    for block in blocks:
        assert commands.parse(COMMAND_TYPES[queue], read_json(block.encode()))


def test_the_contracts_table_has_every_type_of_event() -> None:
    """The table of types is the union's list."""
    section = GUIDE.partition("| `type` | when |")[2].partition("\n\n")[0]
    assert re.findall(r"^\| `([a-z.]+)`", section, re.MULTILINE) == [type_of(kind) for kind in EVENT_TYPES]


def test_the_guides_event_is_valid() -> None:
    """The union that writes events reads it, and it is valid by its schema."""
    (block,) = fenced("json event")
    assert msgspec.json.decode(block, type=AnyEvent).id
    published.check(json.loads(block))


def pages() -> str:
    """All pages of the documentation."""
    return "\n".join(path.read_text() for path in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))))


def test_every_named_make_target_exists() -> None:
    """Each target after `make` in a page is in the Makefile, with a help text."""
    targets = set(re.findall(r"^([a-z-]+):.*## \S", MAKEFILE, re.MULTILINE))
    phony = set(MAKEFILE.partition(".PHONY:")[2].partition("\n")[0].split())
    named = set(re.findall(r"(?:`|^)(?:DEMO=0 )?make ([a-z-]+)", pages(), re.MULTILINE))
    assert {"run", "test"} <= named <= targets == phony


def test_every_named_local_command_exists() -> None:
    """Each word after `./sb local` in a page is a command."""
    named = set(re.findall(r"\./sb local ([a-z]+)", pages()))
    there = {each.name or getattr(each.callback, "__name__", "") for each in command_line.app.registered_commands}
    assert {"call", "text", "push"} <= named <= there


def test_the_readme_is_short() -> None:
    """At most 900 words: the rest is in docs/."""
    assert len(README.split()) <= 900


def test_every_relative_link_exists() -> None:
    """A link names a file of the repository."""
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))):
        for target in re.findall(r"\]\((?!https?://)([^)#]+)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
