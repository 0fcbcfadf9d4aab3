"""`call`: puts a call on `call-outbox`, as any other system does."""

from __future__ import annotations

from typing import Annotated

import typer

from ops.command import CommandContext, command
from ops.texts import Id, Sender, To, Wait, Within


def register(app: typer.Typer) -> None:
    """Adds `call`."""
    command(app, "call")(call)


async def call(
    context: CommandContext,
    to: To,
    say: Annotated[str, typer.Argument(help="The words to say.", show_default=False)] = "",
    id: Id = "",  # noqa: A002  # the name of the field in the queue's message
    sender: Sender = "",
    url: Annotated[str, typer.Option(help="URL that answers with TwiML, in place of words.")] = "",
    twiml: Annotated[str, typer.Option(help="TwiML, in place of words.")] = "",
    language: Annotated[str, typer.Option(metavar="TAG", help="Language of the words, as pt-PT.")] = "",
    voice: Annotated[str, typer.Option(metavar="NAME", help="Voice of the words, as Polly.Ines.")] = "",
    ring: Annotated[int | None, typer.Option(metavar="SECONDS", help="How long to ring, 5 to 600.")] = None,
    record: Annotated[bool, typer.Option("--record", help="Record the call.")] = False,
    machine_detection: Annotated[str, typer.Option(metavar="HOW", help="Enable or DetectMessageEnd.")] = "",
    send_digits: Annotated[str, typer.Option(metavar="KEYS", help="Keys to press after the answer.")] = "",
    wait: Wait = False,
    within: Within = "2m",
) -> None:
    """Put a call on its queue, and print its id.

    \b
    Examples:
      ./sb ops call --to +15005550006 "Your appointment is tomorrow." --wait --local
      ./sb ops call --to +15005550009 --url https://www.example.com/answer.xml --app func-abc
    """
    from ops.enqueue import EnqueueRequest, enqueue
    from switchboard.queues import CALL_OUTBOX

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
    await enqueue(context, EnqueueRequest(CALL_OUTBOX, fields, wait=wait, within=within))
