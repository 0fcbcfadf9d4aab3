"""What must hold of a delivery at every moment, and what must hold after faults have stopped and time has passed."""

from switchboard.delivery import queued_command, states
from switchboard.delivery.record import DeliveryKey, DeliveryRecord
from switchboard.delivery.states import CLAIMED, ENDED_BY_US, RELEASED, UNKNOWN, UNRESOLVED, Kind
from switchboard.queues import POISON_SUFFIX
from tests.model.twilio import COURSES, ModelTwilio
from tests.model.world import POISONS, Letter, Pushed, World

OPEN_ORDER = {RELEASED: 0, CLAIMED: 1, UNKNOWN: 2}


class Watch:
    """Checks every record again and again, and remembers its previous version."""

    def __init__(self) -> None:
        self._before: dict[DeliveryKey, DeliveryRecord] = {}
        self._published: set[str] = set()
        self._read = 0

    def check(self, world: World) -> None:
        """Checks that nothing went backwards, each end was published, and each record owns its own resources only."""
        self._published.update(event["id"] for event in world.queues.events[self._read :])
        self._read = len(world.queues.events)
        for record in world.ledger.records():
            before = self._before.get(record.key)
            if before and before.run != record.run:
                check_order(before, record)
            check_published(record, self._published)
            check_ownership(record, world.twilio)
            self._before[record.key] = record


def check_order(before: DeliveryRecord, after: DeliveryRecord) -> None:
    """A state never goes backwards, and neither does an attempt."""
    kind = before.key.kind
    assert after.attempt >= before.attempt, f"{before} -> {after}"
    if states.is_known(kind, before.state):
        fits = after.state == before.state or _rank(kind, before.state) < _rank(kind, after.state)
    elif before.state in ENDED_BY_US:
        fits = after.state == before.state or states.is_known(kind, after.state)
    elif after.state in OPEN_ORDER:
        fits = (before.attempt, OPEN_ORDER[before.state]) <= (after.attempt, OPEN_ORDER[after.state])
    else:
        fits = True
    assert fits, f"{before} -> {after}"


def _rank(kind: Kind, state: str) -> int:
    """The position of a state in Twilio's course; failures end it, as the last state does."""
    course = COURSES[kind]
    return course.index(state) if state in course[:-1] else len(course)


def check_published(record: DeliveryRecord, published: set[str]) -> None:
    """Each end has its event."""
    if record.phase != "ended":
        return
    kind = "command.ended" if record.state in ENDED_BY_US else f"{record.key.kind}.status"
    start, end = f"{kind}:{record.key.partition}:{record.key.row}:", f":{record.state}"
    assert any(each.startswith(start) and each.endswith(end) for each in published), f"no event for {record}"


def check_ownership(record: DeliveryRecord, twilio: ModelTwilio) -> None:
    """The SIDs of a record are of its own delivery, unless two lists did not show them."""
    if states.is_known(record.key.kind, record.state):
        assert record.sids, f"{record} was accepted, and has no SID"
    for sid in record.sids:
        resource = twilio.by_sid(sid)
        missing_twice = resource.key is not None and resource.is_missing_twice(twilio.settle_seconds)
        assert resource.key == record.key or missing_twice, f"{record} owns {sid}, of another delivery"


def check_rest(world: World) -> None:
    """After faults and time: everything has ended, and no message is left on a queue that nobody reads."""
    for queue in POISONS:
        assert not world.queues.on(queue + POISON_SUFFIX), f"{queue} has messages left"
    dead_lettered = {queued_command.read(letter.message, world.clock.now()).key for letter in world.letters()}
    without_id = {pushed.key for pushed in world.pushed if not pushed.has_id}
    for record in world.ledger.records():
        driven = record.phase != "open" or record.key in dead_lettered or record.key in without_id
        assert driven, f"{record} is open, and no message drives it"
    for pushed in world.pushed:
        _check_end(world, pushed, dead_lettered)
    for letter in world.letters():
        _check_letter(world, letter)


def check_resources(world: World) -> None:
    """Every accepted resource is in its record, or the delivery is unresolved.

    Not one that two lists did not show, nor the one that was sent again because of that: a late callback of the first
    ends the search for the second, as design.md has it. Everything else is checked, in the order of its creation.
    """
    apart = world.settings.settle_seconds
    missing: set[DeliveryKey] = set()
    for resource in world.twilio.resources:
        if resource.key and resource.is_missing_twice(apart):
            missing.add(resource.key)
        record = world.record(resource.key) if resource.key else None
        if record is None or resource.key in missing:
            continue
        known = resource.sid in record.sids or record.state == UNRESOLVED
        assert known, f"{record} does not have {resource.sid}"


def check_scheduled(world: World) -> None:
    """No text stays scheduled for a recipient who opted out of its sender."""
    for resource in world.twilio.resources:
        record = world.record(resource.key) if resource.key else None
        if resource.status != "scheduled" or record is None or resource.sid not in record.sids:
            continue
        stopped = (record.key.partition, record.sender) in world.opt_outs.stopped
        assert not stopped, f"{record} is scheduled for a recipient who opted out"


def _check_end(world: World, pushed: Pushed, dead_lettered: set[DeliveryKey]) -> None:
    record = world.record(pushed.key)
    if record is None:
        assert pushed.key in dead_lettered or not pushed.has_id, f"{pushed.key.row} is lost"
        return
    if record.fingerprint != pushed.fingerprint:
        refused = [
            event
            for event in world.queues.events
            if event["type"] == "switchboard.command.ended" and "already" in event["reason"]
        ]
        assert any(event["command_id"] == pushed.key.id for event in refused) or pushed.key in dead_lettered, (
            f"{pushed.key.row} has other content, and no event"
        )


def _check_letter(world: World, letter: Letter) -> None:
    """A delivery that had ended before its run does not move to dead-letter, unless a table request failed."""
    queued = queued_command.read(letter.message, world.clock.now())
    record = world.record(queued.key)
    if record is None or record.fingerprint != queued.fingerprint or record.ended_at is None or letter.author.blind:
        return
    fits = record.state == UNRESOLVED or record.ended_at >= letter.author.begun
    assert fits or "has no id" in letter.reason, f"{record} was moved to dead-letter: {letter.reason}"
