"""The messages that `push` accepts, and its errors."""

import pytest

from local.ports import free_port
from local.queues import QueueError, check, push
from local.settings import development_storage


@pytest.mark.parametrize("queue", ["sms-outbox", "call-outbox", "events", "sms-outbox-poison", "dead-letter"])
def test_json_may_go_on_each_of_the_apps_queues(queue: str) -> None:
    """Unchecked, also what the app refuses: a developer may want to see that."""
    check(queue, '{"to": "0912"}', as_command=False)


@pytest.mark.parametrize(
    ("queue", "body", "reason"),
    [
        ("sms-outbox", '{"to": "0912", "body": "x"}', 'to: not E.164: "0912"'),
        ("sms-outbox", '{"to": "+15005550006", "bdoy": "x"}', "bdoy: unknown field, meant body?"),
        ("call-outbox", '{"to": "+15005550006"}', "say, url, twiml: exactly one of them"),
    ],
)
def test_a_command_that_the_app_refuses_is_not_pushed(queue: str, body: str, reason: str) -> None:
    """With the field, as `send-text` says it, and how to push it all the same."""
    with pytest.raises(QueueError) as caught:
        check(queue, body)
    assert str(caught.value) == f"the app would refuse it: {reason}; --no-check pushes it all the same"


def test_only_an_outbox_holds_commands() -> None:
    """A poison queue holds what failed, whatever it is."""
    check("sms-outbox-poison", "{}")


def test_a_queue_that_the_app_does_not_have_is_refused() -> None:
    """A typing error creates no queue; the message lists the app's queues."""
    with pytest.raises(QueueError, match="the app has no queue sms-outbx; it has sms-outbox, call-outbox, events"):
        check("sms-outbx", "{}")


def test_invalid_json_is_refused_with_the_position() -> None:
    """And with the quotes for a shell."""
    with pytest.raises(QueueError, match=r"not JSON \(Expecting .* column 2 .*single quotes"):
        check("sms-outbox", "{to: +15005550006}")


def test_a_message_that_is_too_large_is_refused() -> None:
    """By its bytes, not its characters."""
    check("events", '"' + "a" * (65536 - 2) + '"')
    with pytest.raises(QueueError, match="65,538 bytes; a queue takes 65,536"):
        check("events", '"' + "é" * (32768) + '"')


async def test_storage_that_is_not_running_is_named() -> None:
    """At once, with what starts it."""
    port = free_port()
    with pytest.raises(
        QueueError, match=rf"storage is not running at http://127.0.0.1:{port}: start it with `make run`"
    ):
        await push(development_storage(1, port, 1), "events", "{}")


async def test_an_invalid_connection_string_is_named() -> None:
    """By the setting's name, without its value."""
    with pytest.raises(QueueError, match="AzureWebJobsStorage is not a connection string") as caught:
        await push("AccountKey=secret", "events", "{}")
    assert "secret" not in str(caught.value)
