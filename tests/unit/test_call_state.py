"""The state of a call in the query of its URLs."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from switchboard.form import Form
from switchboard.voice.call_state import MOST_MENUS, CallState

NAMES = st.from_regex(r"[a-zé][a-zA-Z &.'-]{0,20}[a-z]", fullmatch=True)


def parsed(url: str) -> CallState:
    """The state of a URL."""
    return CallState.from_query(Form.parse(url.partition("?")[2]))


@given(
    st.builds(
        CallState,
        name=st.none() | st.just("") | NAMES,
        menu=st.just("") | NAMES,
        back=st.lists(NAMES, max_size=MOST_MENUS).map(tuple),
        tries=st.integers(1, 99),
        action=st.sampled_from(["", "answer", "key-*"]),
        turn=st.none() | st.integers(0, 9),
        closed=st.booleans(),
        last=st.booleans(),
        alerted=st.lists(NAMES, max_size=3).map(tuple),
    )
)
def test_a_state_comes_back_from_its_url(state: CallState) -> None:
    """Names with spaces, ampersands and accents too."""
    assert parsed(state.url("menu")) == state


def test_a_state_of_defaults_has_no_query() -> None:
    """URLs stay short, and the first webhook has none."""
    assert CallState().url("incoming") == "incoming"


def test_a_name_that_is_empty_is_not_absent() -> None:
    """The number that the file does not have is named "", so that it is found again."""
    assert CallState(name="").url("recorded") == "recorded?name="
    assert parsed("recorded?name=").name == ""
    assert parsed("recorded").name is None


@pytest.mark.parametrize("query", ["tries=x", "tries=-1", "turn=1e9&tries=0", "closed=yes", "back=,,", "x=1"])
def test_what_cannot_be_read_has_its_default(query: str) -> None:
    """A URL that somebody wrote by hand never fails a call."""
    assert parsed(f"menu?{query}") == CallState()


def test_the_way_back_is_bounded() -> None:
    """A URL of a long call does not grow without end: the nearest menus are kept."""
    state = parsed("menu?back=" + ",".join(f"m{index}" for index in range(20)))
    assert state.back == tuple(f"m{index}" for index in range(10, 20))


def test_every_field_is_read_from_the_query() -> None:
    """A field that is written and not read would be lost between two webhooks."""
    other = {str: "x", int: 7, bool: True}
    for field in msgspec.structs.fields(CallState):
        default = field.default
        value = ("x",) if default == () else 7 if field.name == "turn" else other.get(type(default), "x")
        state = msgspec.structs.replace(CallState(), **{field.name: value})
        assert parsed(state.url("menu")) == state, field.name
