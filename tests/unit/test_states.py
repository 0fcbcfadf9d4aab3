"""Which state may follow which: in every order of Twilio's statuses a delivery never goes backwards."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from switchboard.delivery import states
from switchboard.delivery.states import Kind

# In the order of Twilio's documentation: a status may follow those of earlier sets, and none of its own.
ORDER: dict[Kind, list[set[str]]] = {
    "sms": [
        {"accepted", "scheduled"},
        {"queued"},
        {"sending"},
        {"sent"},
        {"delivered"},
        {"read", "undelivered", "failed", "canceled", "partially_delivered"},
    ],
    "call": [
        {"accepted"},
        {"queued"},
        {"initiated"},
        {"ringing"},
        {"in-progress"},
        {"completed", "busy", "no-answer", "failed", "canceled"},
    ],
}
RANKS = {
    kind: {status: rank for rank, statuses in enumerate(sets) for status in statuses} for kind, sets in ORDER.items()
}
OURS = ["claimed", "unknown", "released", "refused", "rejected", "opted_out", "expired", "unresolved"]
few = settings(max_examples=300, deadline=None, derandomize=True)
kinds: st.SearchStrategy[Kind] = st.sampled_from(["sms", "call"])


def states_after(kind: Kind, statuses: list[str], first: str = "claimed") -> list[str]:
    """Returns the states of a delivery, from the first, after each of the statuses."""
    reached = [first]
    for status in statuses:
        reached.append(status if states.follows(kind, reached[-1], status) else reached[-1])
    return reached


@few
@given(data=st.data(), kind=kinds)
def test_a_state_never_goes_backwards(data: st.DataObject, kind: Kind) -> None:
    """In any order and number of statuses. An unknown status changes nothing."""
    statuses = data.draw(st.lists(st.sampled_from([*RANKS[kind], "teleported", "DELIVERED", ""]), max_size=12))
    heights = [RANKS[kind].get(state, -1) for state in states_after(kind, statuses)]
    assert all(before <= after for before, after in pairwise(heights))


@few
@given(data=st.data(), kind=kinds)
def test_the_last_state_is_the_highest_status(data: st.DataObject, kind: Kind) -> None:
    """An end stays; without one the furthest status stays."""
    statuses = data.draw(st.lists(st.sampled_from(sorted(RANKS[kind])), min_size=1, max_size=12))
    end = states_after(kind, statuses)[-1]
    highest = max(RANKS[kind][status] for status in statuses)
    # A delivered text can only be read after that: a later failure is not applied.
    delivered_first = "delivered" in statuses and not any(
        RANKS["sms"].get(status) == 5 for status in statuses[: statuses.index("delivered")]
    )
    if kind == "sms" and delivered_first and "read" not in statuses[statuses.index("delivered") :]:
        assert end == "delivered"
    else:
        assert RANKS[kind][end] == highest


@few
@given(data=st.data(), kind=kinds)
def test_the_order_of_statuses_does_not_change_the_end(data: st.DataObject, kind: Kind) -> None:
    """Twilio reports one end; its statuses arrive shuffled and repeated."""
    ends = {"delivered"} | ORDER[kind][5] if kind == "sms" else ORDER[kind][5]
    on_the_way = [status for status, rank in RANKS[kind].items() if rank < 4 or (kind == "call" and rank == 4)]
    end = data.draw(st.sampled_from(sorted(ends)))
    statuses = data.draw(st.lists(st.sampled_from(on_the_way), max_size=6))
    shuffled = data.draw(st.permutations([*statuses, *statuses, end, end]))
    assert states_after(kind, list(shuffled))[-1] == end


@pytest.mark.parametrize("kind", ORDER)
@pytest.mark.parametrize("ours", OURS)
def test_any_status_follows_a_state_of_ours(kind: Kind, ours: str) -> None:
    """Open, or ended without Twilio: if Twilio reports a status, Twilio has the text or call."""
    assert all(states.follows(kind, ours, status) for status in RANKS[kind])


@pytest.mark.parametrize("kind", ORDER)
def test_every_documented_status_is_known_and_none_follows_itself(kind: Kind) -> None:
    """The code has the statuses of Twilio's documentation."""
    assert all(states.is_known(kind, status) for status in RANKS[kind])
    assert not any(states.follows(kind, status, status) for status in RANKS[kind])
    assert not any(states.is_known(kind, status) for status in [*OURS, "teleported", ""])


@pytest.mark.parametrize("status", sorted(ORDER["sms"][5]))
def test_only_read_follows_delivered(status: str) -> None:
    """A failure after delivery is not applied."""
    assert states.follows("sms", "delivered", status) is (status == "read")


@pytest.mark.parametrize(
    ("kind", "state", "phase"),
    [
        *(("sms", state, "open") for state in OURS[:3]),
        *(("call", state, "ended") for state in OURS[3:]),
        *(("sms", status, "accepted") for status in ("accepted", "scheduled", "queued", "sending", "sent")),
        *(("sms", status, "ended") for status in ("delivered", *sorted(ORDER["sms"][5]))),
        *(("call", status, "accepted") for status in ("accepted", "queued", "initiated", "ringing", "in-progress")),
        *(("call", status, "ended") for status in sorted(ORDER["call"][5])),
    ],
)
def test_each_state_is_open_accepted_or_ended(kind: Kind, state: str, phase: str) -> None:
    """A delivered text has ended, though it may still be read."""
    assert states.phase(kind, state) == phase
