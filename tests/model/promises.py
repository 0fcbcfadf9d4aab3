"""What must hold of a delivery at every moment, and what must hold once faults have stopped and time has passed."""

from switchboard.delivery import queued_command, states
from switchboard.delivery.record import DeliveryKey, DeliveryRecord
from switchboard.delivery.states import CLAIMED, ENDED_BY_US, RELEASED, UNKNOWN, UNRESOLVED, Kind
from switchboard.queues import POISON_SUFFIX
from tests.model.twilio import COURSES, ModelTwilio
from tests.model.world import POISONS, Letter, Pushed, World

OPEN_ORDER = {RELEASED: 0, CLAIMED: 1, UNKNOWN: 2}


class Watch:
    """Looks at every record again and again, and remembers what each was."""

    def __init__(self) -> None:
        self._before: dict[DeliveryKey, DeliveryRecord] = {}
        self._told: set[str] = set()
        self._heard = 0

    def look(self, world: World) -> None:
        """Nothing went backwards, each end was told, and each record owns what is its own."""
        self._told.update(event["id"] for event in world.queues.told[self._heard :])
        self._heard = len(world.queues.told)
        for record in world.ledger.records():
            before = self._before.get(record.key)
            if before and before.run != record.run:
                check_order(before, record)
            check_told(record, self._told)
            check_ownership(record, world.twilio)
            self._before[record.key] = record


def check_order(before: DeliveryRecord, after: DeliveryRecord) -> None:
    """A state never goes backwards, and neither does an attempt."""
    kind = before.key.kind
    assert after.attempt >= before.attempt, f"{before} -> {after}"
    if states.is_known(kind, before.state):
        fits = after.state == before.state or _place(kind, before.state) < _place(kind, after.state)
    elif before.state in ENDED_BY_US:
        fits = after.state == before.state or states.is_known(kind, after.state)
    elif after.state in OPEN_ORDER:
        fits = (before.attempt, OPEN_ORDER[before.state]) <= (after.attempt, OPEN_ORDER[after.state])
    else:
        fits = True
    assert fits, f"{before} -> {after}"


def _place(kind: Kind, state: str) -> int:
    """Where a state stands in what Twilio does with a text or call; failures end it, as the last state does."""
    course = COURSES[kind]
    return course.index(state) if state in course[:-1] else len(course)


def check_told(record: DeliveryRecord, told: set[str]) -> None:
    """Each end has its event."""
    if record.phase != "ended":
        return
    kind = "command.ended" if record.state in ENDED_BY_US else f"{record.key.kind}.status"
    start, end = f"{kind}:{record.key.partition}:{record.key.row}:", f":{record.state}"
    assert any(each.startswith(start) and each.endswith(end) for each in told), f"nobody was told of {record}"


def check_ownership(record: DeliveryRecord, twilio: ModelTwilio) -> None:
    """What a record says Twilio took, Twilio took of this very delivery; what was denied twice may be mistaken."""
    if states.is_known(record.key.kind, record.state):
        assert record.sids, f"{record} was taken, and nobody knows as what"
    for sid in record.sids:
        resource = twilio.by_sid(sid)
        mistaken = resource.key is not None and resource.is_denied_twice(twilio.settle_seconds)
        assert resource.key == record.key or mistaken, f"{record} owns {sid}, which is another's"


def check_rest(world: World) -> None:
    """Faults have stopped and time has passed: everything has ended, and nothing lies where nobody looks."""
    for queue in POISONS:
        assert not world.queues.on(queue + POISON_SUFFIX), f"{queue} has poison of its own"
    buried = {queued_command.read(letter.message, world.clock.now()).key for letter in world.letters()}
    nameless = {pushed.key for pushed in world.pushed if not pushed.has_id}
    for record in world.ledger.records():
        driven = record.phase != "open" or record.key in buried or record.key in nameless
        assert driven, f"{record} is open, and nothing drives it"
    for pushed in world.pushed:
        _check_end(world, pushed, buried)
    for letter in world.letters():
        _check_letter(world, letter)


def check_resources(world: World) -> None:
    """Whatever Twilio took is known to its record, or a person was asked, or Twilio had denied it twice."""
    for resource in world.twilio.resources:
        record = world.record(resource.key) if resource.key else None
        if record is None or resource.is_denied_twice(world.settings.settle_seconds):
            continue
        known = resource.sid in record.sids or record.state == UNRESOLVED
        assert known, f"{record} knows nothing of {resource.sid}"


def check_scheduled(world: World) -> None:
    """No text stays scheduled for somebody who stopped its sender."""
    for resource in world.twilio.resources:
        record = world.record(resource.key) if resource.key else None
        if resource.status != "scheduled" or record is None or resource.sid not in record.sids:
            continue
        stopped = (record.key.partition, record.sender) in world.opt_outs.stopped
        assert not stopped, f"{record} is scheduled for somebody who said stop"


def _check_end(world: World, pushed: Pushed, buried: set[DeliveryKey]) -> None:
    record = world.record(pushed.key)
    if record is None:
        assert pushed.key in buried or not pushed.has_id, f"{pushed.key.row} is lost"
        return
    if record.fingerprint != pushed.fingerprint:
        refused = [
            event
            for event in world.queues.told
            if event["type"] == "switchboard.command.ended" and "already" in event["reason"]
        ]
        assert any(event["command_id"] == pushed.key.id for event in refused) or pushed.key in buried, (
            f"{pushed.key.row} has other content, and nobody was told"
        )


def _check_letter(world: World, letter: Letter) -> None:
    """Nobody buries what had ended when he began, if he could read so; unless a person is to decide about it anyway."""
    order = queued_command.read(letter.message, world.clock.now())
    record = world.record(order.key)
    if record is None or record.fingerprint != order.fingerprint or record.ended_at is None or letter.author.blind:
        return
    fits = record.state == UNRESOLVED or record.ended_at >= letter.author.begun
    assert fits or "has no id" in letter.reason, f"{record} was buried: {letter.reason}"
