"""Violations that the searches have found, one test each."""

from datetime import timedelta

import pytest

from tests.memory import NOON
from tests.model import promises
from tests.model.play import ALICE, SCHEDULED
from tests.model.stepping import Run
from tests.model.twilio import Answer
from tests.model.world import SERVICE, Worker, World, drain, receive_text

DAY = timedelta(days=1)
HELLO = {"id": "a", "to": ALICE, "body": "Hello."}


@pytest.fixture
def world() -> World:
    """A world at noon, without faults."""
    return World()


@pytest.fixture
def worker(world: World) -> Worker:
    """The only worker."""
    return Worker(world)


def states(world: World) -> dict[str, str]:
    """The state of each id."""
    return {record.key.id: record.state for record in world.ledger.records()}


def copy_to_poison(world: World) -> None:
    """Adds a copy of the waiting message to the poison queue, visible after two days."""
    (message,) = world.queues.on("sms-outbox")
    world.queues.add("sms-outbox-poison", message.body, 2 * DAY.total_seconds())


def test_an_old_copy_of_a_rejected_command_does_not_move_to_dead_letter(world: World, worker: Worker) -> None:
    """The delivery has ended with an event, so there is nothing to decide."""
    world.push(HELLO)
    world.twilio.answer = Answer.NOT_REACHED
    drain(world, worker, NOON)
    copy_to_poison(world)
    world.twilio.answer = Answer.REJECTED
    drain(world, worker)
    assert states(world) == {"a": "rejected"}
    assert world.letters() == []


def test_the_same_id_with_other_content_is_refused_on_a_poison_queue_too(world: World, worker: Worker) -> None:
    """The ended delivery is another command's: the sender of this one gets an event."""
    world.push(HELLO)
    drain(world, worker)
    world.push({**HELLO, "body": "Other content."})
    (message,) = world.queues.on("sms-outbox")
    message.queue = "sms-outbox-poison"
    drain(world, worker)
    assert [(event["state"], event["command_id"]) for event in world.queues.events] == [("refused", "a")]


def test_a_text_that_an_unresolved_delivery_may_own_is_not_adopted_by_another(world: World, worker: Worker) -> None:
    """Two deliveries with one body, of which Twilio accepted one: neither adopts it."""
    world.push(HELLO)
    world.twilio.answer = Answer.ACCEPTED_UNANSWERED
    drain(world, worker, NOON)
    world.clock.pass_(1)
    world.push({**HELLO, "id": "b"})
    world.twilio.answer = Answer.NOT_ACCEPTED_UNANSWERED
    drain(world, worker)
    assert states(world) == {"a": "unresolved", "b": "unresolved"}
    assert len(world.letters()) == 2


def test_a_scheduled_text_that_reconciliation_adopts_is_canceled_after_a_stop(world: World, worker: Worker) -> None:
    """The STOP came while the outcome was unknown, so the text is canceled when it is adopted."""
    world.push({"id": "s", "to": ALICE, "body": "Later.", **SCHEDULED})
    world.twilio.answer = Answer.ACCEPTED_UNANSWERED
    drain(world, worker, NOON)
    world.receive_keyword(ALICE, "STOP", SERVICE)
    world.stage.finish(Run(receive_text(world.context, world.incoming.pop())))
    drain(world, worker)
    promises.check_scheduled(world)
    assert [resource.status for resource in world.twilio.resources] == ["canceled"]
    assert states(world) == {"s": "canceled"}
