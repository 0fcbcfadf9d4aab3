"""Reads the ids of log lines, callback URLs and events: none of them contains a phone number.

sms:t1, t1                          a delivery's row, or a command's id
<hash>.<attempt>.<id>               the `id` of a status callback's URL
sms.status:<hash>:sms:t1:0:sent     an event about a delivery
SM…, MM…, CA…, RE…                  Twilio's SID, also within the id of an event
<hash>                              a recipient, as `optouts list` prints it
"""

from __future__ import annotations

import re
from typing import get_args

import msgspec

from switchboard.delivery.states import Kind

KINDS: tuple[Kind, ...] = get_args(Kind)
_HASH = "(?P<partition>[0-9a-f]{32})"
_EVENT = re.compile(rf"[a-z.]+:{_HASH}:(?P<kind>sms|call):(?P<id>.+):[0-9]+:[^:]+")
_CALLBACK = re.compile(rf"{_HASH}\.[0-9]+\.(?P<id>.+)")
_PARTITION = re.compile(_HASH)
_SID = re.compile(r"(?:^|:)(?P<sid>(?:SM|MM|CA|RE)[0-9a-fA-F]{32})(?:$|:)")
_ROW = re.compile(r"(?P<kind>sms|call):(?P<id>.+)")


class LogId(msgspec.Struct, frozen=True):
    """What an id names. "" for what it does not contain; `kinds` are those that it can be."""

    partition: str = ""
    kinds: tuple[Kind, ...] = KINDS
    command_id: str = ""
    sid: str = ""


def parse_log_id(text: str) -> LogId:
    """Returns what an id names; any other text is read as a command's id.

    >>> parse_log_id("call:t1").kinds, parse_log_id("call:t1").command_id
    (('call',), 't1')
    """
    if found := _EVENT.fullmatch(text) or _CALLBACK.fullmatch(text) or _PARTITION.fullmatch(text):
        parts = found.groupdict()
        return LogId(parts["partition"], _kinds(parts.get("kind")), parts.get("id", ""))
    if found := _SID.search(text):
        return LogId(sid=found["sid"])
    found = _ROW.fullmatch(text)
    return LogId(kinds=_kinds(found["kind"]), command_id=found["id"]) if found else LogId(command_id=text)


def _kinds(kind: str | None) -> tuple[Kind, ...]:
    return tuple(each for each in KINDS if kind in (None, each))
