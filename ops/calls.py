"""`call`: a call by the queue, as any other system would ask for it."""

from __future__ import annotations

from typing import Annotated

import typer

from ops.desk import Desk, operation
from ops.texts import Id, Sender, To, Wait, Within


def register(app: typer.Typer) -> None:
    """Add `call`."""
    operation(app, "call")(call)


async def call(
    desk: Desk,
    to: To,
    say: Annotated[str, typer.Argument(help="What is said.", show_default=False)] = "",
    id: Id = "",  # noqa: A002  # the queue's own word
    sender: Sender = "",
    url: Annotated[str, typer.Option(help="What answers the call with TwiML, in place of words.")] = "",
    twiml: Annotated[str, typer.Option(help="The TwiML itself, in place of words.")] = "",
    language: Annotated[str, typer.Option(metavar="TAG", help="Of the words, as pt-PT.")] = "",
    voice: Annotated[str, typer.Option(metavar="NAME", help="Of the words, as Polly.Ines.")] = "",
    ring: Annotated[int | None, typer.Option(metavar="SECONDS", help="How long it may ring, 5 to 600.")] = None,
    record: Annotated[bool, typer.Option("--record", help="Record it.")] = False,
    machine_detection: Annotated[str, typer.Option(metavar="HOW", help="Enable or DetectMessageEnd.")] = "",
    send_digits: Annotated[str, typer.Option(metavar="KEYS", help="Pressed once it is answered.")] = "",
    wait: Wait = False,
    within: Within = "2m",
) -> None:
    """Put a call on its queue; its id is printed.

    \b
    Examples:
      python -m ops call --to +15005550006 "Your appointment is tomorrow." --wait --local
      python -m ops call --to +15005550009 --url https://www.example.com/answer.xml --app func-abc
    """
    from ops.pushing import Request, push

    fields = {
        "to": to,
        "id": id,
        "say": say,
        "from": sender,
        "url": url,
        "twiml": twiml,
        "language": language,
        "voice": voice,
        "timeout": ring,
        "record": record,
        "machine_detection": machine_detection,
        "send_digits": send_digits,
    }
    await push(desk, Request("call-outbox", fields, wait=wait, within=within))
