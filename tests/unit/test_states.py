"""Which state may follow which: whatever order Twilio's words come in, a delivery never goes backwards."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from switchboard.delivery import states
from switchboard.delivery.states import Kind

# As Twilio's documentation orders them: each rung may follow those before it, and none on its own.
LADDERS: dict[Kind, list[set[str]]] = {
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
RUNGS = {kind: {word: rung for rung, words in enumerate(ladder) for word in words} for kind, ladder in LADDERS.items()}
OURS = ["claimed", "unknown", "released", "refused", "rejected", "opted_out", "expired", "unresolved"]
few = settings(max_examples=300, deadline=None, derandomize=True)
kinds: st.SearchStrategy[Kind] = st.sampled_from(["sms", "call"])


def said_in_turn(kind: Kind, words: list[str], first: str = "claimed") -> list[str]:
    """The states that a delivery is in, from its first, as it hears each of the words."""
    reached = [first]
    for word in words:
        reached.append(word if states.follows(kind, reached[-1], word) else reached[-1])
    return reached


@few
@given(data=st.data(), kind=kinds)
def test_a_state_never_goes_backwards(data: st.DataObject, kind: Kind) -> None:
    """Whatever is said, how often, and in what order; words that nobody knows move nothing."""
    said = data.draw(st.lists(st.sampled_from([*RUNGS[kind], "teleported", "DELIVERED", ""]), max_size=12))
    heights = [RUNGS[kind].get(state, -1) for state in said_in_turn(kind, said)]
    assert all(before <= after for before, after in pairwise(heights))


@few
@given(data=st.data(), kind=kinds)
def test_it_ends_where_the_highest_word_says(data: st.DataObject, kind: Kind) -> None:
    """An end that was heard stays; without one the furthest word on the way does."""
    said = data.draw(st.lists(st.sampled_from(sorted(RUNGS[kind])), min_size=1, max_size=12))
    end = said_in_turn(kind, said)[-1]
    highest = max(RUNGS[kind][word] for word in said)
    # A text that was delivered can only be read after that: a failure that comes later is not believed.
    delivered_first = "delivered" in said and not any(
        RUNGS["sms"].get(word) == 5 for word in said[: said.index("delivered")]
    )
    if kind == "sms" and delivered_first and "read" not in said[said.index("delivered") :]:
        assert end == "delivered"
    else:
        assert RUNGS[kind][end] == highest


@few
@given(data=st.data(), kind=kinds)
def test_what_is_on_its_way_ends_alike_in_any_order(data: st.DataObject, kind: Kind) -> None:
    """Twilio says one end of a delivery; its words come shuffled and repeated, and that makes no difference."""
    ends = {"delivered"} | LADDERS[kind][5] if kind == "sms" else LADDERS[kind][5]
    on_the_way = [word for word, rung in RUNGS[kind].items() if rung < 4 or (kind == "call" and rung == 4)]
    end = data.draw(st.sampled_from(sorted(ends)))
    said = data.draw(st.lists(st.sampled_from(on_the_way), max_size=6))
    shuffled = data.draw(st.permutations([*said, *said, end, end]))
    assert said_in_turn(kind, list(shuffled))[-1] == end


@pytest.mark.parametrize("kind", LADDERS)
@pytest.mark.parametrize("ours", OURS)
def test_any_word_of_twilios_is_news_to_what_we_did_not_know(kind: Kind, ours: str) -> None:
    """Open, or ended by us without Twilio: if Twilio speaks of it, Twilio has it."""
    assert all(states.follows(kind, ours, word) for word in RUNGS[kind])


@pytest.mark.parametrize("kind", LADDERS)
def test_every_word_is_known_and_none_follows_itself(kind: Kind) -> None:
    """The table of the code has the words of the documentation."""
    assert all(states.is_known(kind, word) for word in RUNGS[kind])
    assert not any(states.follows(kind, word, word) for word in RUNGS[kind])
    assert not any(states.is_known(kind, word) for word in [*OURS, "teleported", ""])


@pytest.mark.parametrize("word", sorted(LADDERS["sms"][5]))
def test_only_read_follows_delivered(word: str) -> None:
    """It arrived: what fails afterwards is not it."""
    assert states.follows("sms", "delivered", word) is (word == "read")


@pytest.mark.parametrize(
    ("kind", "state", "phase"),
    [
        *(("sms", state, "open") for state in OURS[:3]),
        *(("call", state, "ended") for state in OURS[3:]),
        *(("sms", word, "accepted") for word in ("accepted", "scheduled", "queued", "sending", "sent")),
        *(("sms", word, "ended") for word in ("delivered", *sorted(LADDERS["sms"][5]))),
        *(("call", word, "accepted") for word in ("accepted", "queued", "initiated", "ringing", "in-progress")),
        *(("call", word, "ended") for word in sorted(LADDERS["call"][5])),
    ],
)
def test_each_state_is_open_accepted_or_ended(kind: Kind, state: str, phase: str) -> None:
    """What is delivered has ended, though it may still be read."""
    assert states.phase(kind, state) == phase
