"""The webhook URLs of a number or messaging service at Twilio: wanted values, differences, and earlier values."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from ops.errors import OpsError
from switchboard.urls import RETRY_FRAGMENT, status_url

Value = str | bool
History = dict[str, list[dict[str, Value]]]


class Change(msgspec.Struct, frozen=True):
    """One field of a number or service: its present value and its new one."""

    field: str
    before: Value
    after: Value


def number_fields(origin: str, voice_fallback: str = "", text_fallback: str = "") -> dict[str, Value]:
    """Returns the fields of a number. It has no application, because Twilio prefers an application to URLs.

    Only what carries data has the retry fragment: a caller on the line must not wait for retries.
    """
    fields: dict[str, Value] = {
        "voice_application_sid": "",
        "voice_url": f"{origin}/api/voice/incoming",
        "voice_method": "POST",
        "status_callback": status_url(origin, "call"),
        "status_callback_method": "POST",
        "sms_application_sid": "",
        "sms_url": _text_url(origin),
        "sms_method": "POST",
    }
    if voice_fallback:
        fields |= {"voice_fallback_url": voice_fallback, "voice_fallback_method": "POST"}
    if text_fallback:
        fields |= {"sms_fallback_url": text_fallback, "sms_fallback_method": "POST"}
    return fields


def service_fields(origin: str, text_fallback: str = "") -> dict[str, Value]:
    """Returns the fields of a messaging service. Its own URLs are used, not those of its numbers."""
    fields: dict[str, Value] = {
        "use_inbound_webhook_on_number": False,
        "inbound_request_url": _text_url(origin),
        "inbound_method": "POST",
        "status_callback": status_url(origin, "sms"),
    }
    if text_fallback:
        fields |= {"fallback_url": text_fallback, "fallback_method": "POST"}
    return fields


def application_fields(origin: str) -> dict[str, Value]:
    """Returns the fields of the TwiML app: where Twilio asks what a browser dials."""
    return {"voice_url": f"{origin}/api/client/voice", "voice_method": "POST"}


def changes(resource: Any, fields: Mapping[str, Value]) -> list[Change]:  # noqa: ANN401  # twilio has no type information
    """Returns the fields that differ. Null and empty are the same to Twilio."""
    found = [Change(field, getattr(resource, field) or type(after)(), after) for field, after in fields.items()]
    return [change for change in found if change.before != change.after]


class UrlHistory:
    """The earlier values of changed fields, by SID. Only its owner may read the file: a URL can hold a password."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def push(self, sid: str, made: list[Change]) -> None:
        """Saves the earlier values. Raises OpsError when it cannot: then the change must not be made."""
        history = self._read()
        history.setdefault(sid, []).append({change.field: change.before for change in made})
        self._write(history)

    def last(self, sid: str) -> dict[str, Value]:
        """Returns the values before the last change. Raises OpsError without any."""
        history = self._read().get(sid)
        if not history:
            raise OpsError(f"{self._path} has no earlier values of {sid}")
        return history[-1]

    def pop(self, sid: str) -> None:
        """Removes the last change, after it was undone."""
        history = self._read()
        history[sid].pop()
        self._write(history)

    def _read(self) -> History:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=History)
        except FileNotFoundError:
            return {}
        except (OSError, msgspec.MsgspecError) as error:
            raise OpsError(f"{self._path} cannot be read ({error}): repair it, or name another by --memory") from error

    def _write(self, history: History) -> None:
        """Writes a new file and renames it: the file is never half written."""
        new = self._path.with_name(self._path.name + ".new")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(msgspec.json.format(msgspec.json.encode(history), indent=2))
            new.replace(self._path)
        except OSError as error:
            raise OpsError(f"{self._path} cannot be written ({error}): name another by --memory") from error


def _text_url(origin: str) -> str:
    return f"{origin}/api/sms/incoming{RETRY_FRAGMENT}"
