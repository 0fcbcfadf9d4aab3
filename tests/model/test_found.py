"""What the searches have found, each as the story that it is."""

from datetime import timedelta

import pytest

from switchboard.delivery.opt_outs import record_keyword
from tests.memory import NOON
from tests.model import promises
from tests.model.play import ALICE, SCHEDULED
from tests.model.stepping import Run
from tests.model.twilio import Answer
from tests.model.world import SERVICE, Worker, World, drain

DAY = timedelta(days=1)
HELLO = {"id": "a", "to": ALICE, "body": "Hello."}


@pytest.fixture
def world() -> World:
    """A world at noon, in which everything works."""
    return World()


@pytest.fixture
def worker(world: World) -> Worker:
    """The one worker."""
    return Worker(world)


def states(world: World) -> dict[str, str]:
    """What became of each id."""
    return {record.key.id: record.state for record in world.ledger.records()}


def copy_to_poison(world: World) -> None:
    """The copy that waits has a twin, which fails five times."""
    (message,) = world.queues.on("sms-outbox")
    world.queues.add("sms-outbox-poison", message.body, 2 * DAY.total_seconds())


def test_a_stale_copy_of_what_was_rejected_is_not_buried_when_its_time_is_over(world: World, worker: Worker) -> None:
    """It has ended, and its sender was told: there is nothing for anybody to decide."""
    world.push(HELLO)
    world.twilio.answer = Answer.NOT_REACHED
    drain(world, worker, NOON)
    copy_to_poison(world)
    world.twilio.answer = Answer.REJECTED
    drain(world, worker)
    assert states(world) == {"a": "rejected"}
    assert world.letters() == []


def test_the_same_id_with_other_content_is_refused_even_as_poison(world: World, worker: Worker) -> None:
    """The delivery by its id has ended, but it was another's: whoever pushed this one is told."""
    world.push(HELLO)
    drain(world, worker)
    world.push({**HELLO, "body": "Other content."})
    (message,) = world.queues.on("sms-outbox")
    message.queue = "sms-outbox-poison"
    drain(world, worker)
    assert [(event["state"], event["command_id"]) for event in world.queues.told] == [("refused", "a")]


def test_a_text_that_an_unresolved_delivery_may_own_is_not_adopted_by_another(world: World, worker: Worker) -> None:
    """Two deliveries of one body: one was taken and none could tell which, so neither takes it for its own."""
    world.push(HELLO)
    world.twilio.answer = Answer.TAKEN_UNHEARD
    drain(world, worker, NOON)
    world.clock.pass_(1)
    world.push({**HELLO, "id": "b"})
    world.twilio.answer = Answer.UNHEARD
    drain(world, worker)
    assert states(world) == {"a": "unresolved", "b": "unresolved"}
    assert len(world.letters()) == 2


def test_a_scheduled_text_that_is_found_in_the_list_is_canceled_after_a_stop(world: World, worker: Worker) -> None:
    """STOP came while nobody knew whether Twilio had taken it: finding it is when it can be canceled."""
    world.push({"id": "s", "to": ALICE, "body": "Later.", **SCHEDULED})
    world.twilio.answer = Answer.TAKEN_UNHEARD
    drain(world, worker, NOON)
    world.hear_stop(ALICE, "STOP", SERVICE)
    world.stage.finish(Run(record_keyword(world.context, world.incoming.pop())))
    drain(world, worker)
    promises.check_scheduled(world)
    assert [resource.status for resource in world.twilio.resources] == ["canceled"]
    assert states(world) == {"s": "canceled"}
