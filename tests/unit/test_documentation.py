"""Documentation, settings and code say the same: each list here is read from two places and compared."""

import json
import re
from pathlib import Path

import msgspec
import pytest

from local import __main__ as command_line
from local.queues import QUEUES
from switchboard import commands
from switchboard.commands import PlaceCall, SendSms
from switchboard.delivery import OUTBOXES
from switchboard.events import Event

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
GUIDE = (ROOT / "docs" / "guide.md").read_text()
EXAMPLE: dict[str, str] = json.loads((ROOT / "local.settings.example.json").read_text())["Values"]
MAKEFILE = (ROOT / "Makefile").read_text()
SOURCE = "\n".join(path.read_text() for path in sorted((ROOT / "switchboard").rglob("*.py")))

# Azure or the Functions host sets these; nobody writes them into a settings file.
BY_THE_PLATFORM = {"AZURE_FUNCTIONS_ENVIRONMENT", "WEBSITE_HOSTNAME"}
# What the local host reads from its settings file, and the app does not.
BY_THE_HOST = {"FUNCTIONS_WORKER_RUNTIME"}
LOCAL_ONLY = {"TWILIO_AUTH_TOKEN", "TWILIO_API_BASE_URL"}
AZURE_ONLY = {
    "AzureWebJobsStorage__queueServiceUri",
    "AzureWebJobsStorage__tableServiceUri",
    "AzureWebJobsStorage__clientId",
}


def settings_in_code() -> set[str]:
    """Every setting that the product reads."""
    read = r'(?:read|flow)\s*\.\w+\(\s*"([A-Z0-9_]+)"'
    direct = r'(?:environ\.get|self\.text)\(\s*f?"([A-Z0-9_]+)"'
    suffixes = re.findall(r'environ\.get\(f"\{CONNECTION\}(__\w+)"', SOURCE)
    storage = {"AzureWebJobsStorage", *("AzureWebJobsStorage" + suffix for suffix in suffixes)}
    return {*re.findall(read, SOURCE), *re.findall(direct, SOURCE), *storage} - BY_THE_PLATFORM


def settings_in_readme() -> set[str]:
    """Every name in the README's table of settings."""
    table = README.partition("## Settings")[2].partition("\n## ")[0]
    first_cells = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    return {name for cell in first_cells for name in re.findall(r"`(\w+)`", cell)}


def fenced(language: str, text: str = GUIDE) -> list[str]:
    """The code blocks whose fence names this language."""
    return re.findall(rf"```{re.escape(language)}\n(.*?)```", text, re.DOTALL)


def test_the_code_reads_settings() -> None:
    """The patterns above find what they are meant to: a list that is empty would agree with anything."""
    assert {"TWILIO_ACCOUNT_SID", "VOICE_LANGUAGE", "BLOCKED_CALLERS"} <= settings_in_code()
    assert len(settings_in_code()) >= 16


def test_every_setting_is_in_the_readme_and_the_reverse() -> None:
    """The README's table is the code's list, but for the identity form's parts, which it names in words."""
    assert settings_in_readme() == settings_in_code() - AZURE_ONLY
    for name in ("__queueServiceUri", "__clientId"):
        assert name in README


def test_every_setting_is_in_the_example_and_the_reverse() -> None:
    """local.settings.example.json has every setting but those that only Azure has."""
    assert set(EXAMPLE) - BY_THE_HOST == settings_in_code() - AZURE_ONLY


def test_local_only_settings_are_refused_elsewhere() -> None:
    """The two lists agree: what the code reads as local only is what the documentation calls so."""
    assert set(re.findall(r'read\.(?:local_only|loopback)\(\s*"(\w+)"', SOURCE)) == LOCAL_ONLY
    row = next(line for line in README.splitlines() if "a developer's machine only" in line)
    assert set(re.findall(r"`(\w+)`", row)) == LOCAL_ONLY


def test_every_queue_is_in_the_guide() -> None:
    """The guide's list of queues is the code's."""
    listed = GUIDE.partition("## Queues and tables by name")[2]
    triggered = re.findall(r'queue_trigger\("message", "([a-z-]+)"', SOURCE)
    constants = re.findall(r'^(?:EVENTS|DEAD_LETTER) = "([a-z-]+)"', SOURCE, re.MULTILINE)
    assert set(re.findall(r"`([a-z-]+)`", listed)) == {*triggered, *constants} == set(QUEUES)


def test_every_route_is_documented() -> None:
    """A route that a person points Twilio or a monitor at is in the README or the guide."""
    routes = re.findall(r'\.route\("([^"]+)"', SOURCE)
    assert len(routes) >= 11
    said = README + GUIDE
    missing = [route for route in routes if f"/api/{route}" not in said and not route.startswith("status/")]
    assert not missing


@pytest.mark.parametrize("queue", OUTBOXES)
def test_the_guides_messages_are_commands(queue: str) -> None:
    """Each JSON block is taken as it stands."""
    blocks = fenced(f"json {queue}")
    assert blocks
    for block in blocks:
        assert commands.parse(OUTBOXES[queue], commands.read_json(block.encode()))


@pytest.mark.parametrize(("kind", "heading"), [(PlaceCall, "## Place a call"), (SendSms, "## Send a text")])
def test_the_guides_tables_have_every_field(kind: type[msgspec.Struct], heading: str) -> None:
    """The table of a command's fields is the struct's list."""
    section = GUIDE.partition(heading)[2].partition("\n## ")[0]
    cells = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    assert {name for cell in cells for name in re.findall(r"`(\w+)`", cell)} == {
        field.encode_name for field in msgspec.structs.fields(kind)
    }


def test_the_guides_table_has_every_field_of_an_event() -> None:
    """The table of an event's fields is the struct's list."""
    section = GUIDE.partition("| field | type | of |")[2].partition("```")[0]
    cells = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    fields = {field.encode_name for field in msgspec.structs.fields(Event)}
    assert {name for cell in cells for name in re.findall(r"`(\w+)`", cell)} == fields


def test_the_guides_event_is_one() -> None:
    """The example of an event is read by the struct that writes events."""
    for block in fenced("json event"):
        assert msgspec.json.decode(block, type=Event).id


def pages() -> str:
    """All that people read."""
    return "\n".join(path.read_text() for path in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))))


def test_every_make_target_that_is_named_exists() -> None:
    """What a page says to type after `make`, the Makefile has, and says in its help what it does."""
    targets = set(re.findall(r"^([a-z-]+):.*## \S", MAKEFILE, re.MULTILINE))
    phony = set(MAKEFILE.partition(".PHONY:")[2].partition("\n")[0].split())
    named = set(re.findall(r"(?:`|^)(?:DEMO=0 )?make ([a-z-]+)", pages(), re.MULTILINE))
    assert {"run", "test"} <= named <= targets == phony


def test_every_local_command_that_is_named_exists() -> None:
    """What a page says to type after `python -m local` is a command."""
    named = set(re.findall(r"python -m local ([a-z]+)", pages()))
    there = {each.name or getattr(each.callback, "__name__", "") for each in command_line.app.registered_commands}
    assert {"call", "text", "push"} <= named <= there


def test_the_readme_is_short() -> None:
    """Under 700 words: the rest is in docs/."""
    assert len(README.split()) < 700


def test_every_relative_link_leads_somewhere() -> None:
    """A link to a file in the repository names one that is there."""
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))):
        for target in re.findall(r"\]\((?!https?://)([^)#]+)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
