"""`send-text`: puts a text on `sms-outbox`, as any other system does."""

from __future__ import annotations

from typing import Annotated

import typer

from ops.command import CommandContext, command

To = Annotated[str, typer.Option("--to", metavar="NUMBER", help="Recipient: +351211234567, whatsapp:+351211234567.")]
Id = Annotated[str, typer.Option("--id", help="Your own id: the same id never goes to one number twice.")]
Sender = Annotated[str, typer.Option("--from", metavar="SENDER", help="Sender. Default: the app's own.")]
Wait = Annotated[bool, typer.Option("--wait", help="Wait for the end of the delivery; exit 1 if it failed.")]
Within = Annotated[str, typer.Option("--within", metavar="TIME", help="How long --wait waits: 90s, 5m, 2h.")]


def register(app: typer.Typer) -> None:
    """Adds `send-text`."""
    command(app, "send-text")(send_text)


async def send_text(
    context: CommandContext,
    to: To,
    body: Annotated[str, typer.Argument(help="The text.", show_default=False)] = "",
    id: Id = "",  # noqa: A002  # the name of the field in the queue's message
    sender: Sender = "",
    service: Annotated[str, typer.Option(metavar="MG…", help="Messaging service to send by.")] = "",
    media: Annotated[list[str] | None, typer.Option(metavar="URL", help="Picture or file; repeat it.")] = None,
    content_sid: Annotated[str, typer.Option(metavar="HX…", help="Content template, in place of a body.")] = "",
    variables: Annotated[str, typer.Option(metavar="JSON", help="Variables of the content template.")] = "",
    send_at: Annotated[str, typer.Option(metavar="TIME", help="Time to send it, as 2030-01-31T09:00:00Z.")] = "",
    validity_period: Annotated[int | None, typer.Option(metavar="SECONDS", help="How long Twilio may try.")] = None,
    wait: Wait = False,
    within: Within = "2m",
) -> None:
    """Put a text on its queue, and print its id.

    \b
    Examples:
      ./sb ops send-text --to +15005550006 "Hello world." --local
      ./sb ops send-text --to +15005550006 "Hello again." --id hello-2 --wait --app func-abc
    """
    from ops.enqueue import EnqueueRequest, enqueue, parse_variables
    from switchboard.queues import SMS_OUTBOX

    fields = {
        "to": to,
        "id": id,
        "body": body,
        "from": sender,
        "messaging_service_sid": service,
        "media_urls": media or [],
        "content_sid": content_sid,
        "content_variables": parse_variables(variables),
        "send_at": send_at,
        "validity_period": validity_period,
    }
    await enqueue(context, EnqueueRequest(SMS_OUTBOX, fields, wait=wait, within=within))
