"""Form encoding: the same parameters as urllib reads."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switchboard.form import MOST_PARAMETERS, Form

# Characters with a meaning in form encoding, complete and broken escapes, and UTF-8 in pieces.
pieces = st.lists(st.sampled_from([*"a B=&+%;#", "%2B", "%26", "%3d", "%C3%A9", "%C3", "%zz"]))


def by_urllib(encoded: str) -> list[tuple[str, str]] | None:
    """The pairs, None where urllib refuses them."""
    try:
        return parse_qsl(encoded, keep_blank_values=True, errors="strict", max_num_fields=MOST_PARAMETERS)
    except ValueError:
        return None


@given(pieces.map("".join))
def test_any_text_is_read_as_urllib_reads_it(encoded: str) -> None:
    """Names, values, their order, and what is refused."""
    pairs = by_urllib(encoded)
    if pairs is None:
        with pytest.raises(ValueError, match=r"\S"):
            Form.parse(encoded)
        return
    form = Form.parse(encoded)
    assert {name: [value for each, value in pairs if each == name] for name, _ in pairs} == form


@pytest.mark.parametrize("count", [MOST_PARAMETERS, MOST_PARAMETERS + 1])
def test_parameters_are_counted_before_they_are_read(count: int) -> None:
    """Empty ones too."""
    encoded = "&".join(["a=b"] * count)
    if count > MOST_PARAMETERS:
        with pytest.raises(ValueError, match="more than 1000"):
            Form.parse(encoded)
    else:
        assert len(Form.parse(encoded).getlist("a")) == count
