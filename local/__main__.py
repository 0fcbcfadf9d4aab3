"""`./sb local`: runs the stack or one of its parts, and simulates calls, texts and queue messages."""

from __future__ import annotations

import local.interpreter  # noqa: F401  # the other imports need what it checks

# isort: split
import asyncio
import os

import typer

from local import command_options as option
from local import settings
from local.addresses import Ports, point_at_app, standin_url, storage_with
from local.command_line import CommandGroup, print_transcript, run_until_stopped, say, with_run, with_settings
from local.errors import LocalError
from local.run_key import chosen_key, key_line, storage_key

# A command imports its other modules when it runs, so that `--help` is fast.
app = typer.Typer(
    cls=CommandGroup,
    help="The local stack: Azurite, the Functions host and Twilio's stand-in, on this machine and nowhere else.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.command()
def run(
    port: option.AppPort = None,
    twilio_port: option.TwilioPort = None,
    blob_port: option.BlobPort = None,
    queue_port: option.QueuePort = None,
    table_port: option.TablePort = None,
    lease: option.Lease = 600,
    data: option.Data = None,
    demo: option.Demo = True,
    numbers: option.NumbersFile = settings.NUMBERS_FILE,
    key: option.Key = None,
) -> None:
    """Run the whole stack until Ctrl-C, as `make run` does.

    \b
    Examples:
      ./sb local run
      ./sb local run --no-demo --key local
      ./sb local run --port 8071 --twilio-port 8072 --blob-port 8000 --queue-port 8001 --table-port 8002
    """
    with with_settings():
        from local import stack

        moved = Ports.from_environ(os.environ).moved(
            functions=port, twilio=twilio_port, blob=blob_port, queue=queue_port, table=table_port
        )
        options = stack.StackOptions(
            ports=moved, lease=lease, data=data, demo=demo, numbers_file=numbers, key=chosen_key(key)
        )
        run_until_stopped(stack.run(options, os.environ, say=say))


@app.command()
def storage(
    blob_port: option.BlobPort = None,
    queue_port: option.QueuePort = None,
    table_port: option.TablePort = None,
    data: option.Data = None,
    key: option.Key = None,
) -> None:
    """Run Azurite alone until Ctrl-C.

    Its account key is made from the run's key: other programs find the connection string in local/run.json.

    \b
    Example:
      ./sb local storage --queue-port 20001
    """
    with with_settings():
        from local.storage import StorageOptions, folder_for, serve

        ports = Ports.from_environ(os.environ).moved(blob=blob_port, queue=queue_port, table=table_port)
        account_key, folder = storage_key(chosen_key(key)), data or folder_for(ports.blob)
        options = StorageOptions(ports.blob, ports.queue, ports.table, folder, account_key)
        run_until_stopped(serve(options, say=say))


@app.command()
def host(
    port: option.AppPort = None,
    lease: option.Lease = 600,
    numbers: option.NumbersFile = settings.NUMBERS_FILE,
    controlled: option.Controlled = False,
    key: option.Key = None,
    check: option.CheckApp = False,
) -> None:
    """Run the Functions host alone until Ctrl-C.

    Storage and Twilio are those in the settings.

    \b
    Examples:
      ./sb local host
      ./sb local host --port 8071 --lease 5
    """
    with with_settings():
        from local.app_host import serve_app
        from local.functions_host import Host, HostError, HostOptions
        from local.softphone_page import amendments

        chosen = Ports.from_environ(os.environ).moved(functions=port).functions
        point_at_app(os.environ, chosen)
        try:
            page = amendments(Ports.from_environ(os.environ).standin_url)
            options = HostOptions(
                folder=settings.ROOT, port=chosen, lease=lease, function_key=chosen_key(key), amendments=page
            )
            if check:
                Host(options, os.environ)
                return
            if key is None:
                say(key_line(options.function_key))
            run_until_stopped(serve_app(options, numbers, controlled=controlled, say=say))
        except HostError as error:
            raise LocalError(str(error)) from error


@app.command()
def twilio(
    port: option.StandInPort = None,
    app_port: option.StandInAppPort = None,
    key: option.Key = None,
) -> None:
    """Run Twilio's stand-in alone until Ctrl-C.

    \b
    Example:
      ./sb local twilio --port 8072 --app-port 8071
    """
    with with_settings():
        from local.parts import standin_options
        from local.twilio.server import serve

        ports = Ports.from_environ(os.environ).moved(twilio=port, functions=app_port)
        point_at_app(os.environ, ports.functions)
        options = standin_options(os.environ, port=ports.twilio, app_port=ports.functions, key=key)
        run_until_stopped(serve(options, say=say))


@app.command()
def text(
    sender: option.Sender,
    body: option.Body = "",
    to: option.Number = None,
    media: option.Media = None,
    twilio_port: option.TwilioPort = None,
) -> None:
    """Text the app, and print its TwiML and what it does.

    The stack must be running (`make run`).

    \b
    Examples:
      ./sb local text --from +15005550006 "hours"
      ./sb local text --from +15005550006 --media https://www.example.com/ticket.png "my ticket"
    """
    with with_run():
        if not body and not media:
            raise LocalError('nothing to send: give the text, as "hours", or --media URL')
        from local.twilio.client import incoming_text

        url = standin_url(os.environ, twilio_port)
        print_transcript(asyncio.run(incoming_text(url, sender=sender, body=body, to=to, media=media or ())))


@app.command()
def call(
    caller: option.Sender,
    press: option.Press = None,
    say: option.Say = None,
    to: option.Number = None,
    callee: option.Callee = "",
    twilio_port: option.TwilioPort = None,
) -> None:
    """Call the app, and print its TwiML and what it does.

    The stack must be running (`make run`).

    \b
    Examples:
      ./sb local call --from +15005550006 --press 1
      ./sb local call --from +15005550006 --press 9 --press 3
      ./sb local call --from +15005550006 --say operator --callee no-answer
    """
    with with_run():
        from local.twilio.client import incoming_call

        url = standin_url(os.environ, twilio_port)
        transcript = incoming_call(url, caller=caller, press=press or (), say=say or (), to=to, callee=callee)
        print_transcript(asyncio.run(transcript))


@app.command("push")
def push_message(
    queue: option.Queue, message: option.Message, queue_port: option.QueuePort = None, check: option.Check = True
) -> None:
    """Put a message on one of the app's queues.

    Your own systems send texts and calls in this way. The stack must be running (`make run`). A command that the app
    would refuse is not pushed, and the field is named.

    \b
    Examples:
      ./sb local push sms-outbox '{"to": "+15005550006", "body": "Hello world."}'
      ./sb local push call-outbox '{"to": "+15005550006", "say": "Hello world."}'
    """
    with with_run():
        from local.queues import push

        storage = storage_with(os.environ, queue_port)
        sent = asyncio.run(push(storage, queue, message, as_command=check))
        say(f"on {queue} as message {sent}")


@app.command()
def events(
    follow: option.Follow = False,
    take: option.Take = False,
    as_json: option.AsJson = False,
    queue_port: option.QueuePort = None,
) -> None:
    """Show the events that the app reports to your systems, oldest first.

    It peeks: nothing is taken from your own consumer, and only the oldest 32 can be seen. The stack must be running.

    \b
    Examples:
      ./sb local events
      ./sb local events --follow
      ./sb local events --follow --take --json
    """
    with with_run():
        from local.events import Reading, print_events

        reading = Reading(follow=follow, take=take)
        run_until_stopped(print_events(storage_with(os.environ, queue_port), reading, as_json=as_json, say=say))


@app.command()
def replay(file: option.SessionFile, port: option.AppPort = None) -> None:
    """Send a saved session's webhooks again, and print the answers that differ: exit code 1 for any.

    \b
    Example:
      ./sb local replay switchboard-session.json
    """
    with with_run():
        from local.parts import standin_options
        from local.replay import replay as send_again

        chosen = Ports.from_environ(os.environ).moved(functions=port).functions
        point_at_app(os.environ, chosen)
        options = standin_options(os.environ, port=0, app_port=chosen)
        again = send_again(file, options.app_url, options.auth_token, say, public_url=options.public_origin)
        if asyncio.run(again):
            raise typer.Exit(1)


if __name__ == "__main__":
    app(prog_name="./sb local")
