"""The options and arguments of the commands of `./sb local`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from typer.models import OptionInfo

from local.run_key import KEY_VARIABLE

LARGEST_PORT = 65_535


def port_option(help_text: str, *names: str) -> OptionInfo:
    """Make an option for a port."""
    option: OptionInfo = typer.Option(
        *names, min=1, max=LARGEST_PORT, metavar="PORT", show_default=False, help=help_text
    )
    return option


AppPort = Annotated[int | None, port_option("The Functions host. Default: that of PUBLIC_BASE_URL, or 7071.", "--port")]
TwilioPort = Annotated[int | None, port_option("Twilio's stand-in. Default: the port of TWILIO_API_BASE_URL, or 7072.")]
BlobPort = Annotated[int | None, port_option("Azurite's blobs. Default: the port of AzureWebJobsStorage, or 10000.")]
QueuePort = Annotated[int | None, port_option("Azurite's queues. Default: the port of AzureWebJobsStorage, or 10001.")]
TablePort = Annotated[int | None, port_option("Azurite's tables. Default: the port of AzureWebJobsStorage, or 10002.")]
Key = Annotated[
    str | None,
    typer.Option(
        envvar=KEY_VARIABLE,
        metavar="KEY",
        show_default=False,
        help="A fixed key for this run, as `local`. Default: a new key, which is printed.",
    ),
]
Lease = Annotated[float, typer.Option(min=1, help="Seconds that a message of a dead worker stays hidden.")]
Data = Annotated[Path | None, typer.Option(file_okay=False, help="The folder for Azurite's data.", show_default=False)]
NumbersFile = Annotated[Path, typer.Option("--numbers", dir_okay=False, help="The numbers.toml.")]
Controlled = Annotated[bool, typer.Option("--controlled", hidden=True, help="Read the clock from standard input.")]
CheckApp = Annotated[bool, typer.Option("--check", hidden=True, help="Load the app, and end.")]
Sender = Annotated[str, typer.Option("--from", metavar="NUMBER", help="The caller or sender, as +15005550006.")]
Number = Annotated[
    str | None, typer.Option("--to", metavar="NUMBER", help="The number of the app; by default TWILIO_FROM.")
]
Demo = Annotated[bool, typer.Option(envvar="DEMO", help="Run the demo: a call and a text in each direction.")]
StandInPort = Annotated[
    int | None, port_option("The port of the stand-in. Default: the port of TWILIO_API_BASE_URL, or 7072.")
]
StandInAppPort = Annotated[
    int | None, port_option("The port of the app. Default: the port of PUBLIC_BASE_URL, or 7071.")
]
Body = Annotated[str, typer.Argument(help="The text.", show_default=False)]
Media = Annotated[list[str] | None, typer.Option(metavar="URL", help="A picture of the text.")]
Press = Annotated[list[str] | None, typer.Option(metavar="KEYS", help="Keys for the next question; repeat it.")]
Say = Annotated[list[str] | None, typer.Option(metavar="WORDS", help="Words for the next question; repeat it.")]
Callee = Annotated[
    str, typer.Option(metavar="HOW", help="How calls end that the app dials: answers, no-answer, busy or failed.")
]
Queue = Annotated[str, typer.Argument(help="sms-outbox, call-outbox or another of the app's queues.")]
Message = Annotated[str, typer.Argument(metavar="JSON", help="The message, as in docs/guide.md.")]
Check = Annotated[bool, typer.Option(help="Check the command first. --no-check: let the app refuse it.")]
Follow = Annotated[bool, typer.Option("--follow", help="Show new events too, until Ctrl-C.")]
Take = Annotated[bool, typer.Option("--take", help="Take each event after it is shown: no other consumer gets it.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print each event whole, as JSON in a line.")]
SessionFile = Annotated[
    Path, typer.Argument(help="A session that the phone page saved.", dir_okay=False, show_default=False)
]
