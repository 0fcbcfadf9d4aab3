"""Reads host.json, and the app settings that override it. Source of the defaults: Azure's host.json reference."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.functions_host.options import HostError

OVERRIDE = "AzureFunctionsJobHost"
MOST_MESSAGES_AT_ONCE = 32
ENCODINGS = ("none", "base64")
SPAN = re.compile(r"(?:(\d+)\.)?(\d{1,2}):(\d{2}):(\d{2})(\.\d+)?")


@dataclass(frozen=True, kw_only=True)
class QueueRules:
    """The settings of queue triggers; times in seconds.

    `new_batch_threshold`: the next batch is fetched when at most so many messages of a queue are being processed.
    `visibility_timeout`: the delay after a failed run. `max_polling_interval`: the longest delay of an idle queue.
    """

    batch_size: int = 16
    new_batch_threshold: int = 8
    max_dequeue_count: int = 5
    visibility_timeout: float = 0
    max_polling_interval: float = 60
    message_encoding: str = "base64"


@dataclass(frozen=True)
class HostJson:
    """The settings of host.json that this host uses."""

    route_prefix: str = "api"
    queues: QueueRules = QueueRules()

    @classmethod
    def read(cls, folder: Path, environ: Mapping[str, str]) -> HostJson:
        """Read a folder's host.json. Raises HostError."""
        reader = _Reader(_load(folder / "host.json"), environ)
        prefix = reader.text(("extensions", "http", "routePrefix"), "api")
        return cls(prefix.strip("/"), _queue_rules(reader))


class _Reader:
    """Reads values by their path in the file; an app setting of that path takes precedence."""

    def __init__(self, document: Mapping[str, Any], environ: Mapping[str, str]) -> None:
        self._document = document
        # Azure ignores case in the names of settings.
        self._settings = {name.lower(): value for name, value in environ.items()}

    def text(self, path: tuple[str, ...], default: str) -> str:
        setting = self._settings.get("__".join((OVERRIDE, *path)).lower())
        if setting is not None:
            return setting
        value: Any = self._document
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
        return default if value is None else str(value)

    def count(self, path: tuple[str, ...], default: int, least: int, most: int) -> int:
        value = self.text(path, str(default))
        if not value.isdecimal() or not least <= int(value) <= most:
            raise HostError(f"host.json: {'.'.join(path)} must be a number from {least} to {most}, not {value!r}")
        return int(value)

    def seconds(self, path: tuple[str, ...], default: str) -> float:
        value = self.text(path, default)
        span = SPAN.fullmatch(value)
        if span is None:
            raise HostError(f'host.json: {".".join(path)} must be a time as "hh:mm:ss", not {value!r}')
        days, hours, minutes, seconds, fraction = span.groups(default="0")
        return ((int(days) * 24 + int(hours)) * 60 + int(minutes)) * 60 + int(seconds) + float(fraction)


def _queue_rules(reader: _Reader) -> QueueRules:
    at = ("extensions", "queues")
    batch_size = reader.count((*at, "batchSize"), 16, 1, MOST_MESSAGES_AT_ONCE)
    threshold = batch_size // 2 * (os.cpu_count() or 1)
    encoding = reader.text((*at, "messageEncoding"), "base64").lower()
    if encoding not in ENCODINGS:
        raise HostError(f"host.json: extensions.queues.messageEncoding must be none or base64, not {encoding!r}")
    return QueueRules(
        batch_size=batch_size,
        new_batch_threshold=reader.count((*at, "newBatchThreshold"), threshold, 0, 1000),
        max_dequeue_count=reader.count((*at, "maxDequeueCount"), 5, 1, 1_000_000),
        visibility_timeout=reader.seconds((*at, "visibilityTimeout"), "00:00:00"),
        max_polling_interval=reader.seconds((*at, "maxPollingInterval"), "00:01:00"),
        message_encoding=encoding,
    )


def _load(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text())
    except FileNotFoundError as error:
        raise HostError(f"no host.json in {path.parent}: run this in a function app's folder") from error
    except ValueError as error:
        raise HostError(f"host.json is not JSON: {error}") from error
    if not isinstance(document, dict) or document.get("version") != "2.0":
        raise HostError('host.json: must be an object with "version": "2.0"')
    return document
