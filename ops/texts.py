"""`send-text`: a text by the queue, as any other system would ask for it."""

from __future__ import annotations

from typing import Annotated

import typer

from ops.desk import Desk, operation

To = Annotated[str, typer.Option("--to", metavar="NUMBER", help="Whom: +351211234567, or whatsapp:+351211234567.")]
Id = Annotated[str, typer.Option("--id", help="Your own key of it: the same never goes to one number twice.")]
Sender = Annotated[str, typer.Option("--from", metavar="SENDER", help="Who it comes from; else the app's own.")]
Wait = Annotated[bool, typer.Option("--wait", help="Follow it to its end; exit 1 when that is not a good one.")]
Within = Annotated[str, typer.Option("--within", metavar="TIME", help="With --wait, how long: 90s, 5m, 2h.")]


def register(app: typer.Typer) -> None:
    """Add `send-text`."""
    operation(app, "send-text")(send_text)


async def send_text(
    desk: Desk,
    to: To,
    body: Annotated[str, typer.Argument(help="What it says.", show_default=False)] = "",
    id: Id = "",  # noqa: A002  # the queue's own word
    sender: Sender = "",
    service: Annotated[str, typer.Option(metavar="MG…", help="The messaging service it comes from.")] = "",
    media: Annotated[list[str] | None, typer.Option(metavar="URL", help="A picture or file that goes with it.")] = None,
    content_sid: Annotated[str, typer.Option(metavar="HX…", help="A template, in place of a body.")] = "",
    variables: Annotated[str, typer.Option(metavar="JSON", help="What fills the template in.")] = "",
    send_at: Annotated[str, typer.Option(metavar="TIME", help="When, as 2030-01-31T09:00:00Z.")] = "",
    validity_period: Annotated[int | None, typer.Option(metavar="SECONDS", help="How long Twilio may try.")] = None,
    wait: Wait = False,
    within: Within = "2m",
) -> None:
    """Put a text on its queue; its id is printed.

    \b
    Examples:
      python -m ops send-text --to +15005550006 "Hello world." --local
      python -m ops send-text --to +15005550006 "Hello again." --id hello-2 --wait --app func-abc
    """
    from ops.pushing import Request, push, variables_of

    fields = {
        "to": to,
        "id": id,
        "body": body,
        "from": sender,
        "messaging_service_sid": service,
        "media_urls": media or [],
        "content_sid": content_sid,
        "content_variables": variables_of(variables),
        "send_at": send_at,
        "validity_period": validity_period,
    }
    await push(desk, Request("sms-outbox", fields, wait=wait, within=within))
