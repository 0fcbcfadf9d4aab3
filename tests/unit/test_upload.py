"""What would go up to Azure: what runs there, and nothing else of a developer's folder, by whichever tool."""

import shutil
from pathlib import Path

import pytest

from tests.upload import Goes, by_azd, by_func, by_older_azd, by_older_func

ROOT = Path(__file__).parents[2]
RULES = (ROOT / ".funcignore").read_text()
AT_THE_ROOT = ("appsvc.yaml", "function_app.py", "host.json", "numbers.toml", "requirements.txt")
MEGABYTE = 1_000_000
# What work in a checkout leaves behind, and what must never leave it.
LITTER = (
    ".git/config",
    ".git/objects/aa/bb",
    ".github/workflows/deploy.yml",
    ".venv/bin/python",
    ".venv/lib/python3.13/site-packages/azure/functions/__init__.py",
    ".runtime/bin/python",
    ".env",
    ".azure/test/.env",
    ".vscode/settings.json",
    ".coverage",
    ".mypy_cache/3.11/cache.json",
    ".python_packages/lib/site-packages/twilio/__init__.py",
    "__pycache__/function_app.cpython-313.pyc",
    "switchboard/__pycache__/voice.cpython-313.pyc",
    "switchboard/adapters/__pycache__/key_vault.cpython-313.pyc",
    "node_modules/azurite/package.json",
    "local/node_modules/azurite/package.json",
    "local/storage/__azurite_db_queue__.json",
    "local.settings.json",
    "local.secrets.json",
    "switchboard/client/sdk/node_modules/@twilio/voice-sdk/package.json",
    "venv/pyvenv.cfg",
    "switchboard_env/pyvenv.cfg",
    "htmlcov/index.html",
    "tests/unit/test_voice.py",
    "infra/main.bicep",
    "ops/__main__.py",
    "verify/__main__.py",
    "docs/guide.md",
    "schemas/asyncapi.json",
    "schemas/numbers.schema.json",
    "benchmarks/claims.py",
    "Makefile",
)
# What `make client` downloads, and what it downloads it by.
SDK = ("switchboard/client/sdk/LICENSE.md", "switchboard/client/sdk/twilio.min.js")
SDK_BY = ("switchboard/client/sdk/package-lock.json", "switchboard/client/sdk/package.json")
TOOLS = [by_func, by_older_func, by_azd, by_older_azd]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all that this one has at its top, and litter: only what runs in Azure is copied whole."""
    folder = tmp_path_factory.mktemp("checkout")
    for path in ROOT.iterdir():
        if path.name == "switchboard":
            shutil.copytree(path, folder / path.name)
        elif path.is_file():
            shutil.copy(path, folder)
        else:
            write(folder / path.name / "inside.py")
    for name in (*LITTER, *SDK):
        write(folder / name)
    return folder


def write(path: Path) -> None:
    """Make a file, and the folders it is in; a worktree's .git is a file."""
    if path.parent.is_file():
        path.parent.unlink()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()


def what_runs() -> list[str]:
    """The product's files, as they are in the repository."""
    inside = [path.relative_to(ROOT).as_posix() for path in (ROOT / "switchboard").rglob("*") if path.is_file()]
    left_out = ("__pycache__", "switchboard/testing/", *SDK_BY)
    runs = {name for name in inside if not any(part in name for part in left_out)}
    return sorted({*AT_THE_ROOT, *runs, *SDK})


@pytest.mark.parametrize("tool", TOOLS)
def test_what_runs_goes_up_and_nothing_else(tool: Goes, checkout: Path) -> None:
    """Each tool, in the versions whose rules differ, uploads the same list."""
    assert sorted(tool(checkout, RULES)) == what_runs()


@pytest.mark.parametrize("tool", TOOLS)
def test_it_is_small(tool: Goes, checkout: Path) -> None:
    """Under a megabyte without the voice SDK, which no cold start loads."""
    uploaded = set(tool(checkout, RULES)) - set(SDK)
    assert sum((checkout / name).stat().st_size for name in uploaded) < MEGABYTE


@pytest.mark.parametrize("tool", TOOLS)
def test_the_voice_sdk_goes_up_with_its_licence(tool: Goes, checkout: Path) -> None:
    """The softphone page serves the SDK; what downloads it stays here."""
    uploaded = set(tool(checkout, RULES))
    assert set(SDK) <= uploaded
    assert not set(SDK_BY) & uploaded


@pytest.mark.parametrize("tool", TOOLS)
def test_without_the_file_everything_goes_up(tool: Goes, checkout: Path) -> None:
    """The tests above can fail: virtual environments and caches are left out by these rules, not by luck."""
    everything = tool(checkout, "")
    assert {".venv/bin/python", "tests/unit/test_voice.py", "switchboard/__pycache__/voice.cpython-313.pyc"} <= set(
        everything
    )


def test_rules_that_the_tools_read_differently_are_told_apart(checkout: Path) -> None:
    """Why .funcignore is written as it is: each of these lines works with one tool and not with another."""
    assert "switchboard/__pycache__/voice.cpython-313.pyc" in by_func(checkout, "__pycache__")
    assert "switchboard/__pycache__/voice.cpython-313.pyc" not in by_azd(checkout, "__pycache__")
    assert "__pycache__/function_app.cpython-313.pyc" in by_func(checkout, "**/__pycache__")
    assert "docs/.hidden" in by_func(hidden(checkout), "docs/")
    assert "host.json" in by_azd(checkout, "*.json\n!host.json")
    assert "host.json" not in by_older_azd(checkout, "*.json\n!host.json")


def hidden(checkout: Path) -> Path:
    """The same folder with a hidden file in docs/."""
    write(checkout / "docs" / ".hidden")
    return checkout
