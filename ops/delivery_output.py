"""How a delivery record is printed: as JSON, as a row of a table, in one line, or with a line for each field."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from ops.durations import relative
from switchboard.delivery.record import DeliveryRecord

COLUMNS = ("id", "kind", "state", "attempt", "to", "from", "first seen", "sid", "reason")


def as_json(record: DeliveryRecord) -> dict[str, object]:
    """Returns every field except `run`; the key's fields are beside the others."""
    fields = {name: getattr(record, name) for name in DeliveryRecord.__struct_fields__ if name not in ("key", "run")}
    return {"id": record.key.id, "kind": record.key.kind, "partition": record.key.partition, **fields}


def row_of(record: DeliveryRecord) -> tuple[str, ...]:
    """Returns the cells of its row, in the order of COLUMNS."""
    return (
        record.key.id,
        record.key.kind,
        record.state,
        str(record.attempt),
        record.to,
        record.sender,
        relative(record.first_seen),
        record.sids[0] if record.sids else "",
        reason_of(record),
    )


def line_of(record: DeliveryRecord) -> str:
    """Returns state, SIDs and reason in one line, as `delivered  SM…`."""
    return "  ".join(filter(None, (record.state, *record.sids, reason_of(record))))


def lines_of(record: DeliveryRecord) -> Iterator[str]:
    """Yields a line for each field that has a value."""
    for name, value in as_json(record).items():
        if value in ("", None, 0, ()) and name != "attempt":
            continue
        yield f"{name:<17} {_value(value)}"


def reason_of(record: DeliveryRecord) -> str:
    """Returns Twilio's error code and the reason, "" without both."""
    return " ".join(filter(None, (str(record.code) if record.code else "", record.reason)))


def _value(value: object) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S} UTC, {relative(value)}"
    return " ".join(value) if isinstance(value, tuple) else str(value)
