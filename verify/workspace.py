"""The Log Analytics workspace of a deployment, queried with the operator's login.

https://learn.microsoft.com/azure/azure-monitor/logs/api/overview
"""

from __future__ import annotations

import asyncio
import json
import tempfile
from pathlib import Path
from typing import Any

import msgspec

from ops.errors import OpsError
from verify.tools import Tools

API = "https://api.loganalytics.io"
# Of the last day: the environment is younger than that.
TIMESPAN = "P1D"
# `contains`: Message is one text, and the words are a part of it. A table that does not exist yet is no error.
LINES = """union isfuzzy=true (datatable(TimeGenerated: datetime, Message: string) []), AppTraces
| where Message contains {words}
| project Message
| take 1"""


class Table(msgspec.Struct, frozen=True):
    """One table of an answer."""

    rows: list[list[Any]] = []


class QueryAnswer(msgspec.Struct, frozen=True):
    """The answer to a query. `error` is there when only a part of it is."""

    tables: list[Table] = []
    error: dict[str, Any] | None = None


class Workspace:
    """The workspace of a resource group; its id is looked up at the first query."""

    def __init__(self, tools: Tools, resource_group: str) -> None:
        self._tools = tools
        self._group = resource_group
        self._id = ""

    async def find(self, words: str) -> str:
        """Returns a line of AppTraces that contains the words, "" without one. Raises OpsError."""
        rows = await self._rows(LINES.format(words=json.dumps(words)))
        return str(rows[0][0]) if rows else ""

    async def query(self, text: str) -> int:
        """Returns the number of rows. Raises OpsError for a query that does not run."""
        return len(await self._rows(text))

    async def _rows(self, query: str) -> list[list[Any]]:
        return await asyncio.to_thread(self._ask, query)

    def _ask(self, query: str) -> list[list[Any]]:
        self._id = self._id or self._tools.az(
            *("monitor", "log-analytics", "workspace", "list", "--resource-group", self._group),
            *("--query", "[0].customerId", "--output", "tsv"),
        )
        with tempfile.TemporaryDirectory() as folder:
            # A file: a query in an argument would need another quoting on Windows.
            body = Path(folder) / "query.json"
            body.write_text(json.dumps({"query": query, "timespan": TIMESPAN}), encoding="utf-8")
            answer = self._tools.az(
                *("rest", "--method", "post", "--url", f"{API}/v1/workspaces/{self._id}/query", "--resource", API),
                *("--headers", "Content-Type=application/json", "--body", f"@{body}", "--output", "json"),
            )
        return _read(answer)


def _read(answer: str) -> list[list[Any]]:
    try:
        found = msgspec.json.decode(answer, type=QueryAnswer)
    except msgspec.MsgspecError as error:
        raise OpsError(f"the workspace's answer is not readable: {error}") from error
    if found.error:
        raise OpsError(f"the workspace answered a part only: {found.error.get('code')} {found.error.get('message')}")
    return found.tables[0].rows if found.tables else []
