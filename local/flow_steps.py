"""The steps of voice flows, read from the source of flows.py, which is not run here.

A step is a string that a flow, or a function of the file that it calls, compares with `call.step` or gives to
`call.url`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from switchboard.numbers.summary import Branch

DECORATOR = "voice_flow"

Function = ast.FunctionDef | ast.AsyncFunctionDef


def read_steps(path: Path) -> dict[str, list[str]]:
    """Returns the steps of each flow by its name. Raises SyntaxError; an absent file has no flow."""
    if not path.exists():
        return {}
    tree = ast.parse(path.read_bytes(), str(path))
    functions = {each.name: each for each in tree.body if isinstance(each, Function)}
    return {
        name: list(dict.fromkeys(_steps(function, functions, set())))
        for function in functions.values()
        for name in _names(function)
    }


def problem_of(path: Path) -> str:
    """Returns file, line and reason of a syntax error, "" without one."""
    try:
        read_steps(path)
    except SyntaxError as error:
        return f"{path.name}: line {error.lineno}: {error.msg}"
    except ValueError as error:
        return f"{path.name}: {error}"
    return ""


def with_steps(branch: Branch, steps: dict[str, list[str]]) -> Branch:
    """Returns the tree with the steps of each flow below the line that names it."""
    _, is_flow, name = branch.text.rpartition("flow ")
    own = tuple(Branch(f"step {step}") for step in steps.get(name, ())) if is_flow else ()
    return Branch(branch.text, (*(with_steps(each, steps) for each in branch.branches), *own))


def _names(function: Function) -> Iterator[str]:
    for each in function.decorator_list:
        if isinstance(each, ast.Call) and _name(each.func) == DECORATOR and each.args:
            yield from _strings(each.args[0])


def _steps(function: Function, functions: dict[str, Function], seen: set[str]) -> Iterator[str]:
    seen.add(function.name)
    for node in ast.walk(function):
        if isinstance(node, ast.Compare) and _name(node.left) == "step":
            yield from (step for each in node.comparators for step in _strings(each))
        elif isinstance(node, ast.Call):
            if _name(node.func) == "url" and node.args:
                yield from _strings(node.args[0])
            called = functions.get(_name(node.func))
            if called is not None and called.name not in seen:
                yield from _steps(called, functions, seen)


def _name(node: ast.expr) -> str:
    """Returns the last name of an expression: `step` of `call.step`."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _strings(node: ast.expr) -> Iterator[str]:
    """Yields the strings of a literal, a tuple's too; "" is no step but the beginning."""
    elements = node.elts if isinstance(node, (ast.Tuple, ast.List, ast.Set)) else [node]
    yield from (
        each.value for each in elements if isinstance(each, ast.Constant) and isinstance(each.value, str) and each.value
    )
