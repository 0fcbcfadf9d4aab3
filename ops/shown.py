"""A delivery record as an operator reads it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from ops.terminal import from_now
from switchboard.delivery.record import DeliveryRecord

COLUMNS = ("id", "kind", "state", "attempt", "to", "from", "first seen", "sid", "reason")


def as_json(record: DeliveryRecord) -> dict[str, object]:
    """Every field of it, the key's spread out."""
    fields = {name: getattr(record, name) for name in DeliveryRecord.__struct_fields__ if name not in ("key", "run")}
    return {"id": record.key.id, "kind": record.key.kind, "partition": record.key.partition, **fields}


def row_of(record: DeliveryRecord) -> tuple[str, ...]:
    """Its cells in a table."""
    return (
        record.key.id,
        record.key.kind,
        record.state,
        str(record.attempt),
        record.to,
        record.sender,
        from_now(record.first_seen),
        record.sids[0] if record.sids else "",
        why(record),
    )


def line_of(record: DeliveryRecord) -> str:
    """State, SID and reason in a line: `delivered  SM…`."""
    return "  ".join(filter(None, (record.state, *record.sids, why(record))))


def lines_of(record: DeliveryRecord) -> Iterator[str]:
    """A field a line, those that say nothing left out."""
    for name, value in as_json(record).items():
        if value in ("", None, 0, ()) and name != "attempt":
            continue
        yield f"{name:<17} {_text(value)}"


def why(record: DeliveryRecord) -> str:
    """Twilio's code and the reason, "" when there is neither."""
    return " ".join(filter(None, (str(record.code) if record.code else "", record.reason)))


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S} UTC, {from_now(value)}"
    return " ".join(value) if isinstance(value, tuple) else str(value)
