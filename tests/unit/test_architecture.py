"""docs/architecture.md names only files and functions that exist."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text()
QUOTED = sorted(set(re.findall(r"`([^`\n]+)`", PAGE)))
# Not Python names of switchboard: a package of another project, and the kind of an event.
OTHERS = {"twilio.rest", "command.ended"}
PATHS = [text for text in QUOTED if "/" in text or re.search(r"\.(py|md|toml|json)$", text)]
NAMES = [
    text for text in QUOTED if re.fullmatch(r"[a-z_.]+\.\w+|[A-Z]\w+(\.\w+)?", text) and text not in {*PATHS, *OTHERS}
]


def names_of(body: list[ast.stmt]) -> Iterator[tuple[str, ast.stmt]]:
    """Yields each name that a module or class defines, with its statement."""
    for statement in body:
        match statement:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield statement.name, statement
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                yield name, statement
            case _:
                pass


def definitions() -> Iterator[str]:
    """Yields the dotted name of each function, class, member and constant of switchboard."""
    for path in sorted((ROOT / "switchboard").rglob("*.py")):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for name, statement in names_of(ast.parse(path.read_text()).body):
            yield f"{module}.{name}"
            if isinstance(statement, ast.ClassDef):
                yield from (f"{module}.{name}.{member}" for member, _ in names_of(statement.body))


DEFINED = set(definitions())


def test_the_page_names_files_and_functions() -> None:
    """The regular expressions find them."""
    assert len(PATHS) > 40
    assert len(NAMES) > 40


@pytest.mark.parametrize("path", PATHS)
def test_a_named_file_exists(path: str) -> None:
    """The path is relative to the repository's root."""
    assert (ROOT / path).exists()


@pytest.mark.parametrize("name", NAMES)
def test_a_named_function_exists(name: str) -> None:
    """As `module.function`, `package.module.function`, `Class.member` or `Class`."""
    assert any(defined.endswith(f".{name}") for defined in DEFINED)


def test_an_unknown_function_is_noticed() -> None:
    """A wrong module or a wrong function is not found."""
    assert not any(defined.endswith((".deliver.decide", ".decision.deliver")) for defined in DEFINED)


def test_every_module_of_delivery_is_on_the_page() -> None:
    """The table of `switchboard/delivery/` is complete."""
    modules = {path.name for path in (ROOT / "switchboard" / "delivery").glob("*.py")} - {"__init__.py"}
    missing = {name for name in modules if f"`switchboard/delivery/{name}`" not in PAGE}
    assert not missing


def test_the_page_is_one_page() -> None:
    """At most 120 lines."""
    assert len(PAGE.splitlines()) <= 120
