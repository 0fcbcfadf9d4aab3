"""Loads flows.py by its path, and says in which line it fails."""

from __future__ import annotations

import sys
import traceback
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from switchboard.errors import FlowFailed
from switchboard.flows.registry import Registry, registering

MODULE = "flows"


def load(path: Path) -> Registry:
    """Runs the file and returns what it registers; nothing when it is absent. Raises FlowFailed with file and line.

    What the file raises does not leave this function, `SystemExit` included.
    """
    if not path.exists():
        return Registry()
    module = _module(path)
    previous, before = sys.modules.get(MODULE), set(sys.modules)
    # Dataclasses and type hints of the file are looked up there.
    sys.modules[MODULE] = module
    try:
        with registering() as registry:
            module.__loader__.exec_module(module)  # type: ignore[union-attr]  # a file that exists has a loader
    except BaseException as error:
        _restore(previous)
        _forget_helpers(path.parent, before)
        raise FlowFailed(_problem(error, path)) from error
    return registry


def _module(path: Path) -> ModuleType:
    spec = spec_from_file_location(MODULE, path)
    if spec is None:
        raise FlowFailed(f"{path.name}: this is no Python file")
    return module_from_spec(spec)


def _restore(previous: ModuleType | None) -> None:
    if previous is None:
        del sys.modules[MODULE]
    else:
        sys.modules[MODULE] = previous


def _forget_helpers(folder: Path, before: set[str]) -> None:
    """Forgets the modules beside flows.py that this load imported: they register flows when they are imported."""
    for name in set(sys.modules) - before:
        if _is_helper(getattr(sys.modules[name], "__file__", None) or "", folder):
            del sys.modules[name]


def _is_helper(file: str, folder: Path) -> bool:
    """Returns whether a module is the team's own: neither the product's nor an installed package."""
    parts = Path(file).relative_to(folder).parts if Path(file).is_relative_to(folder) else (".",)
    return parts[0] != "switchboard" and not parts[0].startswith(".")


def _problem(error: BaseException, path: Path) -> str:
    """Returns file, line and kind. Of a syntax error the reason too: it is Python's, and quotes no value."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{Path(error.filename).name}, line {error.lineno}: {type(error).__name__}: {error.msg}"
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
    return f"{path.name}, line {lines[-1] if lines else '?'}: {type(error).__name__}{_reason(error)}"


def _reason(error: BaseException) -> str:
    """Returns what may be shown of an exception's text: the decorators' own, and the name of an absent package."""
    if isinstance(error, ModuleNotFoundError) and error.name:
        return f": no module named {error.name}"
    is_ours = isinstance(error, (ValueError, TypeError)) and _raised_here(error)
    return f": {error}" if is_ours else ""


def _raised_here(error: BaseException) -> bool:
    frames = traceback.extract_tb(error.__traceback__)
    return bool(frames) and Path(frames[-1].filename) == Path(__file__).with_name("registry.py")
