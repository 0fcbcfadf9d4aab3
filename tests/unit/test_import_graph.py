"""The graph of imports, read from the source by ast: no circles, few floors. import-linter reads it in another way."""

import ast
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("switchboard", "local", "ops", "verify")
MOST_FLOORS = 11


def modules_of(package: str) -> dict[str, Path]:
    """Every module of a package, by its dotted name."""
    paths = sorted((ROOT / package).rglob("*.py"))
    names = {path: path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".") for path in paths}
    return {name.removesuffix(".__init__"): path for path, name in names.items() if "node_modules" not in name}


def imports_of(path: Path, known: dict[str, Path]) -> set[str]:
    """The modules that a file imports anywhere: at the top, in a function, under TYPE_CHECKING."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            submodules = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= (submodules & known.keys()) or {node.module}
    return found & known.keys()


@cache
def graph() -> dict[str, set[str]]:
    """Each module with what it imports, over all packages."""
    known = {name: path for package in PACKAGES for name, path in modules_of(package).items()}
    return {name: imports_of(path, known) - {name} for name, path in known.items()}


def floors(package: str = "") -> dict[str, int]:
    """A module stands one floor above the highest that it imports from the package. Raises for a circle."""
    height: dict[str, int] = {}
    path: list[str] = []

    def floor(name: str) -> int:
        assert name not in path, f"a circle: {' -> '.join([*path[path.index(name) :], name])}"
        if name not in height:
            path.append(name)
            below = [each for each in graph()[name] if each.startswith(package)]
            height[name] = 1 + max(map(floor, below), default=0)
            path.pop()
        return height[name]

    return {name: floor(name) for name in graph() if name.startswith(package)}


def test_the_graph_is_read() -> None:
    """Nested and type-only imports are in it: an empty graph would have no circle either."""
    assert "switchboard.delivery.context" in graph()["switchboard.services"]
    assert "switchboard.services" in graph()["switchboard.blueprints.voice"]
    assert len(graph()) > 150


def test_there_is_no_circle_of_imports() -> None:
    """Type-only imports count: a reader follows them too."""
    assert floors()


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_has_few_floors(package: str) -> None:
    """From the highest module to the lowest, a reader passes at most this many."""
    own = floors(package)
    assert max(own.values()) <= MOST_FLOORS, sorted(own.items(), key=lambda item: -item[1])[:5]
