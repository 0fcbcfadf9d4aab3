"""A Log Analytics workspace in memory: infra/'s queries run on it, by duckdb-kql, with the tables that a test gives.

    workspace = Workspace(traces=[Line(5, "event=queue_depth queue=events messages=0 oldest_seconds=0")])
    rows = workspace.query("AppTraces | count")

A table that is None does not exist, as before its first row in Azure.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import duckdb_kql

BEGINNING = datetime(2026, 1, 1, 12, 0)  # noqa: DTZ001  # the engine's datetimes have no zone
# The columns that the queries use, with Azure's types:
# https://learn.microsoft.com/azure/azure-monitor/reference/tables/apptraces and .../apprequests
TABLES = {
    "AppTraces": "TimeGenerated TIMESTAMP, Message VARCHAR",
    "AppRequests": "TimeGenerated TIMESTAMP, Url VARCHAR, ResultCode VARCHAR, ItemCount INTEGER",
}


class Line(NamedTuple):
    """A row of AppTraces: a log line of the app, so many minutes after the window's beginning."""

    minute: float
    message: str


class Request(NamedTuple):
    """A row of AppRequests, which represents so many `requests`. A queue's invocation has no URL."""

    minute: float
    url: str
    status: int
    requests: int = 1


class Workspace:
    """Two tables, each with the given rows, empty, or absent (None)."""

    def __init__(self, traces: Iterable[Line] | None = None, requests: Iterable[Request] | None = None) -> None:
        self._connection = duckdb_kql.connect()
        self._create("AppTraces", traces)
        self._create("AppRequests", requests)

    def query(self, text: str) -> list[dict[str, Any]]:
        """The rows of a query's answer, by column."""
        answer = duckdb_kql.query(self._connection, text)
        columns = [each[0] for each in answer.description]
        return [dict(zip(columns, row, strict=True)) for row in answer.fetchall()]

    def _create(self, table: str, rows: Iterable[Line] | Iterable[Request] | None) -> None:
        if rows is None:
            return
        self._connection.execute(f"CREATE TABLE {table} ({TABLES[table]})")
        for minute, *values in rows:
            time = BEGINNING + timedelta(minutes=minute)
            places = ", ".join("?" * (1 + len(values)))
            self._connection.execute(f"INSERT INTO {table} VALUES ({places})", [time, *values])  # noqa: S608
