"""docs/flows.md: each block is loaded, and the page has the whole public interface, which keeps its promise."""

import inspect
import re
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from switchboard import flows
from switchboard.flows.context import Context
from switchboard.flows.loading import load
from switchboard.flows.references import absent
from switchboard.testing import PlayedCall, PlayedText
from tests.flows_files import EXAMPLES
from tests.numbers_files import numbers

PAGE = (Path(__file__).parents[2] / "docs" / "flows.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
FLOWS = [block for block in BLOCKS if "_flow(" in block]
# The promise: a name that is missing here later was removed or renamed.
INTERFACE = {
    "Call": [
        *("sid", "caller", "called", "is_outbound", "flow", "step", "parameters", "digits", "speech", "confidence"),
        *("recording", "dial_status", "form", "url", "start_url"),
    ],
    "Context": ["settings", "now", "sentences", "logger", "publish", "say"],
    "Event": ["type", "data", "id"],
    "FlowLogger": ["debug", "info", "warning", "error", "exception"],
    "Media": ["url", "content_type"],
    "Message": ["sid", "sender", "recipient", "body", "media", "messaging_service_sid"],
    "Number": ["name", "language", "voice", "caller_id", "time_zone"],
    "Recording": ["sid", "url", "seconds"],
    "text_flow": [],
    "voice_flow": [],
}


@pytest.mark.parametrize("block", FLOWS, ids=lambda block: re.findall(r'_flow\("(.+?)"', block)[0])
def test_a_block_is_a_flows_py(block: str, tmp_path: Path) -> None:
    """It registers what it shows."""
    path = tmp_path / "flows.py"
    path.write_text(block)
    registry = load(path)
    assert [*registry.voice, *registry.text] == re.findall(r'_flow\("(.+?)"', block)


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.stem)
def test_an_example_is_a_flows_py(path: Path) -> None:
    """One flow each, and the page leads to it."""
    registry = load(path)
    assert len([*registry.voice, *registry.text]) == 1
    assert f"(examples/{path.name})" in PAGE


def test_the_first_blocks_belong_together(tmp_path: Path) -> None:
    """The numbers.toml of the page has no mistake, and names what the first block registers."""
    (toml,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    path = tmp_path / "flows.py"
    path.write_text(BLOCKS[0])
    assert numbers(toml).problems == ()
    assert absent(load(path), numbers(toml)) == []


def test_the_pages_test_passes(tmp_path: Path) -> None:
    """Against the page's own files."""
    (tmp_path / "flows.py").write_text(BLOCKS[0])
    (tmp_path / "numbers.toml").write_text(re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)[0])
    (block,) = [block for block in BLOCKS if "switchboard.testing" in block]
    names: dict[str, Any] = {}
    exec(compile(block, "flows.md", "exec"), names)  # noqa: S102  # our own page
    names["call"] = partial(names["call"], folder=tmp_path)
    names["text"] = partial(names["text"], folder=tmp_path)
    tests = [each for name, each in names.items() if name.startswith("test_")]
    assert len(tests) == 2
    for each in tests:
        each()


def test_every_step_of_the_kit_is_on_the_page() -> None:
    """What a caller does, and what a test checks."""
    for kind in (PlayedCall, PlayedText):
        for name in (name for name in vars(kind) if not name.startswith("_")):
            assert f"`{name}(" in PAGE or f"`{name}`" in PAGE, name


def test_the_interface_is_what_was_promised() -> None:
    """Names and fields are added, never removed: docs/flows.md, "The promise"."""
    assert set(flows.__all__) == INTERFACE.keys()
    for name, members in INTERFACE.items():
        public = getattr(flows, name)
        own = set(getattr(public, "__struct_fields__", getattr(public, "__dataclass_fields__", ()))) | set(dir(public))
        assert set(members) <= own, name


def test_every_member_is_on_the_page() -> None:
    """A field that is added is documented."""
    for name, members in INTERFACE.items():
        for member in members:
            assert re.search(rf"\b{member}\b", PAGE), f"{name}.{member}"
    for kind in (flows.Call, flows.Message, flows.Number, flows.Recording):
        fields = [field for field in kind.__struct_fields__ if not field.startswith("_")]
        assert fields == [each for each in INTERFACE[kind.__name__] if each in fields]


def test_a_flow_is_typed_for_editors() -> None:
    """The decorators' parameters have types, and they return the function that they were given."""

    def flow(call: flows.Call, number: flows.Number, context: Context) -> object:
        return None

    assert flows.voice_flow("one")(flow) is flow
    assert inspect.signature(flows.voice_flow).parameters["name"].annotation == "str"
