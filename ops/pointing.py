"""Which URLs a number or messaging service is to have at Twilio, what that changes, and how it was before."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from ops.errors import OpsError

# Twilio comes again, three times, after any failure: for what carries data that nobody else holds. A caller on the
# line is not made to wait for that. The fragment is no part of what is signed.
AGAIN = "#rc=3&rp=all"
Value = str | bool
History = dict[str, list[dict[str, Value]]]


class Change(msgspec.Struct, frozen=True):
    """One field: how it is, and how it is to be."""

    field: str
    before: Value
    after: Value


def wanted_of_number(origin: str, voice_fallback: str = "", text_fallback: str = "") -> dict[str, Value]:
    """The fields of a number. An application would go before its URLs, so it has none."""
    fields: dict[str, Value] = {
        "voice_application_sid": "",
        "voice_url": f"{origin}/api/voice/incoming",
        "voice_method": "POST",
        "status_callback": f"{origin}/api/status/call{AGAIN}",
        "status_callback_method": "POST",
        "sms_application_sid": "",
        "sms_url": f"{origin}/api/sms/incoming{AGAIN}",
        "sms_method": "POST",
    }
    if voice_fallback:
        fields |= {"voice_fallback_url": voice_fallback, "voice_fallback_method": "POST"}
    if text_fallback:
        fields |= {"sms_fallback_url": text_fallback, "sms_fallback_method": "POST"}
    return fields


def wanted_of_service(origin: str, text_fallback: str = "") -> dict[str, Value]:
    """The fields of a messaging service; its own URLs go before those of its numbers."""
    fields: dict[str, Value] = {
        "use_inbound_webhook_on_number": False,
        "inbound_request_url": f"{origin}/api/sms/incoming{AGAIN}",
        "inbound_method": "POST",
        "status_callback": f"{origin}/api/status/sms{AGAIN}",
    }
    if text_fallback:
        fields |= {"fallback_url": text_fallback, "fallback_method": "POST"}
    return fields


def changes(resource: Any, wanted: Mapping[str, Value]) -> list[Change]:  # noqa: ANN401  # twilio has no types
    """What is not as it is wanted."""
    found = [Change(field, getattr(resource, field) or type(after)(), after) for field, after in wanted.items()]
    return [change for change in found if change.before != change.after]


class Memory:
    """How numbers and services were before, in a file that its owner alone may read. It names them by SID."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def push(self, sid: str, made: list[Change]) -> None:
        """Remember how these fields were. Raises OpsError when it cannot: then nothing may be changed."""
        history = self._read()
        history.setdefault(sid, []).append({change.field: change.before for change in made})
        self._write(history)

    def last(self, sid: str) -> dict[str, Value]:
        """How it was before the last change. Raises OpsError when that is not known."""
        history = self._read().get(sid)
        if not history:
            raise OpsError(f"{self._path} does not say how {sid} was before")
        return history[-1]

    def pop(self, sid: str) -> None:
        """Forget the last change, which was undone."""
        history = self._read()
        history[sid].pop()
        self._write(history)

    def _read(self) -> History:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=History)
        except FileNotFoundError:
            return {}
        except (OSError, msgspec.MsgspecError) as error:
            raise OpsError(f"{self._path} cannot be read ({error}): mend it, or give another by --memory") from error

    def _write(self, history: History) -> None:
        """Whole or not at all."""
        beside = self._path.with_name(self._path.name + ".new")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(msgspec.json.format(msgspec.json.encode(history), indent=2))
            beside.replace(self._path)
        except OSError as error:
            raise OpsError(f"{self._path} cannot be written ({error}): give another by --memory") from error
