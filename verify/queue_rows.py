"""Rows about queues: a text and a call through them, their events, a refused command, a poison message."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

from azure.core.exceptions import ResourceNotFoundError

from switchboard.adapters.table_ledger import DELIVERIES, OPT_OUTS
from switchboard.delivery.record import DeliveryKey
from switchboard.delivery.states import Kind
from switchboard.queues import DEAD_LETTER, EVENTS, POISON_SUFFIX, QUEUES, SMS_OUTBOX
from verify.messages import put, take
from verify.results import RowFailed
from verify.routes import RULES, Webhook
from verify.rows import Row
from verify.run import Run

ACCEPTED, NO_CONTENT = "accepted", 204
NEXT_CHECK = "look at the command's function in the log; `./sb ops deliveries list` shows what has a record"
COMMANDS: dict[Kind, dict[str, str]] = {"sms": {"body": "Switchboard."}, "call": {"say": "Switchboard."}}
FINAL: dict[Kind, dict[str, str]] = {
    "sms": {"MessageStatus": "delivered", "SmsStatus": "delivered"},
    "call": {"CallStatus": "completed", "CallDuration": "1"},
}


async def queues(run: Run) -> str:
    """Each queue can be read."""
    missing = []
    for name in QUEUES:
        try:
            await run.services.queue_service.get_queue_client(name).get_queue_properties()
        except ResourceNotFoundError:
            missing.append(name)
    if missing:
        raise RowFailed(f"missing: {', '.join(missing)}")
    return f"{len(QUEUES)} queues"


async def tables(run: Run) -> str:
    """Each table can be read, or does not exist yet: the app creates it."""
    for name in (DELIVERIES, OPT_OUTS):
        try:
            async for _ in run.services.table_service.get_table_client(name).list_entities(results_per_page=1):
                break
        except ResourceNotFoundError:
            continue
    return f"{DELIVERIES}, {OPT_OUTS}"


async def deliver(kind: Kind, run: Run) -> str:
    """A command on the outbox becomes a text or a call at Twilio."""
    key = DeliveryKey.of(kind, run.target.recipient, _command_id(run, kind))
    await put(run, key.outbox, {"id": key.id, "to": run.target.recipient, **COMMANDS[kind]})
    state = "no record: no function has taken it"

    async def accepted() -> bool:
        nonlocal state
        stored = await run.services.ledger.read(key)
        if stored is None:
            return False
        state = " ".join(filter(None, (stored.record.state, str(stored.record.code or ""), stored.record.reason)))
        if stored.record.phase == "ended":
            raise RowFailed(f"it ended: {state}")
        if stored.record.phase == ACCEPTED:
            run.sent[kind] = stored.record
        return kind in run.sent

    if not await run.until(accepted, run.target.patience.effect):
        raise RowFailed(f"not accepted within {run.target.patience.effect:.0f} s: {state}")
    run.logged[f"event=command_accepted queue={key.outbox} id={key.row}"] = f"the {kind} was accepted"
    return f"{run.sent[kind].state}, {run.sent[kind].sids[0]}"


async def callbacks(run: Run) -> str:
    """A status callback, as Twilio would send it, ends the delivery's record."""
    for kind, record in run.sent.items():
        route = f"/api/status/{kind}?id={record.key.callback_id(record.attempt)}"
        form = {name: value.format(**run.names) for name, value in RULES[f"status/{kind}"].form.items()}
        sid = {"MessageSid" if kind == "sms" else "CallSid": record.sids[0]}
        answer = await run.send(Webhook("POST", route, {**form, **FINAL[kind], **sid}, (NO_CONTENT,)))
        if answer.status != NO_CONTENT:
            raise RowFailed(f"POST /api/status/{kind} answered {answer.status}, not 204")
        stored = await run.services.ledger.read(record.key)
        if stored is None or stored.record.phase != "ended":
            raise RowFailed(f"the {kind} is still {stored.record.state if stored else 'without a record'}")
    return f"{', '.join(run.sent)} ended"


async def events(run: Run) -> str:
    """The text's and the call's last status are on `events`, as CloudEvents."""
    wanted = {f"switchboard.{kind}.status": _command_id(run, kind) for kind in run.sent}
    found = await take(
        run, EVENTS, wanted=partial(_is_last_status, wanted), is_ours=partial(_mentions, run.id), count=2
    )
    missing = set(wanted) - {str(event.get("type")) for event in found}
    if missing:
        raise RowFailed(f"no {' and no '.join(sorted(missing))} of this run within {run.target.patience.effect:.0f} s")
    lacking = [name for event in found for name in ("specversion", "id", "source", "time") if not event.get(name)]
    if lacking:
        raise RowFailed(f"an event has no {', '.join(lacking)}")
    return ", ".join(sorted(str(event["type"]) for event in found))


async def refused(run: Run) -> str:
    """A message that is no command is refused by an event, and sends nothing."""
    command_id = f"verify-refused-{run.id}"
    await put(run, SMS_OUTBOX, {"id": command_id, "to": "0912", "body": "Switchboard."})

    def is_refusal(event: dict[str, Any]) -> bool:
        return bool(event.get("data", {}).get("command_id") == command_id)

    found = await take(run, EVENTS, wanted=is_refusal, is_ours=partial(_mentions, run.id), count=1)
    if not found:
        raise RowFailed(f"no event of the refusal within {run.target.patience.effect:.0f} s")
    data = found[0]["data"]
    if data.get("state") != "refused":
        raise RowFailed(f"the event says {data.get('state')}, not refused")
    return str(data.get("reason"))


async def poison(run: Run) -> str:
    """What the poison queue cannot save is in `dead-letter`, with the reason."""
    queue = SMS_OUTBOX + POISON_SUFFIX
    message_id = await put(run, queue, {"verify": run.id})
    ours = partial(_mentions, run.id)
    found = await take(run, DEAD_LETTER, wanted=lambda _: True, is_ours=ours, count=1)
    if not found:
        raise RowFailed(f"it is not in {DEAD_LETTER} within {run.target.patience.effect:.0f} s")
    run.logged[f"event=dead_letter queue={SMS_OUTBOX} message={message_id}"] = "the poison message was moved"
    return str(found[0].get("reason", ""))


def _command_id(run: Run, kind: Kind) -> str:
    return f"verify-{kind}-{run.id}"


def _is_last_status(wanted: dict[str, str], event: dict[str, Any]) -> bool:
    data = event.get("data", {})
    is_final = data.get("state") in ("delivered", "completed")
    return is_final and wanted.get(str(event.get("type"))) == data.get("command_id")


def _mentions(run_id: str, message: dict[str, Any]) -> bool:
    return run_id in json.dumps(message)


CREATE = "deploy infra/ again, which creates the queues, and check AZURE_STORAGE_ACCOUNT; on your machine run it again"
OWN_ROLES = (
    "your login needs the data roles of docs/security.md; an owner does not have them, and a new one takes minutes"
)
# Before any webhook: the app creates a queue that is absent when it needs it.
STORAGE_ROWS = (
    Row("queues", "all queues are there", CREATE, queues),
    Row("tables", "the tables can be read", OWN_ROLES, tables),
)
ROWS = (
    Row(
        "text",
        "a command on sms-outbox becomes a text at Twilio",
        f"an error of Twilio's names the cause; without a record, the trigger does not run: {NEXT_CHECK}",
        partial(deliver, "sms"),
        needs=("queues",),
    ),
    Row(
        "call",
        "a command on call-outbox becomes a call at Twilio",
        f"as for the text: {NEXT_CHECK}",
        partial(deliver, "call"),
        needs=("queues",),
    ),
    Row(
        "status callback",
        "a signed status callback ends the delivery",
        "look for status_sms and status_call in the log, and compare the record: `./sb ops deliveries show <id>`",
        callbacks,
        needs=("text", "call"),
    ),
    Row(
        "events",
        "the last statuses are on `events`",
        "look for event=webhook_failed function=status_sms in the log; the app's identity needs 'Storage Queue Data "
        "Contributor', and no other consumer may take this environment's events",
        events,
        needs=("status callback",),
    ),
    Row(
        "refused command",
        "a wrong command is refused by an event",
        NEXT_CHECK,
        refused,
        needs=("queues",),
    ),
    Row(
        "poison message",
        "a poison message is moved to dead-letter",
        "look for send_sms_poison in the log: its queue trigger must be running",
        poison,
        needs=("queues",),
    ),
)
