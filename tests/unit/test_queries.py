"""Microsoft's parser reads every query of infra/, because Azure does not check them at deployment."""

import json
import subprocess
from pathlib import Path

import pytest

from local import storage
from tests.unit.test_alerts import EVERY_QUERY

KQL = Path(__file__).parents[1] / "kql"

pytestmark = pytest.mark.skipif(
    not (KQL / "node_modules").is_dir(),
    reason="the parser is not installed: npm ci, in tests/kql",
)


BROKEN = {
    "AppTraces | where Nope == 1": "Nope",
    "AppTraces | sumarize count()": "sumarize",
    "NoTable | count": "NoTable",
    "AppTraces | where startofday(Message) > 5": "Message",
    # Right with its table, and an error before the table exists.
    "AppTraces | count": "AppTraces",
    # The table's Message is a string: with another type the union has two columns and neither is called Message.
    "union isfuzzy=true (datatable(Message: dynamic) []), AppTraces | project Message": "Message",
}


@pytest.fixture(scope="module")
def problems() -> dict[str, list[str]]:
    """The parser's problems of each query by name; a broken query is its own name."""
    done = subprocess.run(
        [storage.node(), "check.js"],
        cwd=KQL,
        input=json.dumps({**EVERY_QUERY, **{query: query for query in BROKEN}}),
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    found: dict[str, list[str]] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("name", EVERY_QUERY)
def test_a_query_has_no_problem(name: str, problems: dict[str, list[str]]) -> None:
    """Keywords, operators, functions, columns and types; also on a workspace without tables."""
    assert problems[name] == []


@pytest.mark.parametrize(("query", "word"), BROKEN.items())
def test_a_broken_query_is_reported(query: str, word: str, problems: dict[str, list[str]]) -> None:
    """The parser knows the tables, and checks a second time without them."""
    assert any(f"({word})" in problem for problem in problems[query])
