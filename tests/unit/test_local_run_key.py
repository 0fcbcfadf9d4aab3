"""The key of a run."""

import base64

import pytest

from local.errors import LocalError
from local.run_key import KEY, chosen_key, key_line, new_key, storage_key


def test_a_key_is_random_and_long() -> None:
    """192 bits, in characters that a URL, a header and a page take unchanged."""
    keys = {new_key() for _ in range(100)}
    assert len(keys) == 100
    assert all(len(key) == 32 and KEY.fullmatch(key) for key in keys)


def test_a_fixed_key_is_an_option() -> None:
    """As it is given."""
    assert chosen_key("local") == "local"
    assert chosen_key(None) != chosen_key(None)


@pytest.mark.parametrize("given", ["", "a b", '"><script>', "ключ", "a\n", "x" * 101])
def test_a_key_that_a_url_or_page_would_change_is_refused(given: str) -> None:
    """With the characters that it may have."""
    with pytest.raises(LocalError, match="--key: 1 to 100 letters, digits"):
        chosen_key(given)


def test_the_line_of_the_key_has_the_columns_of_the_others() -> None:
    """So that it can be found."""
    assert key_line("abc") == "key        abc"


def test_azurites_key_differs_from_the_runs() -> None:
    """It is as long as Azure's, and does not give the run's key away."""
    assert len(base64.b64decode(storage_key("local"))) == 64
    assert storage_key("local") != storage_key("other")
    assert "local" not in storage_key("local")
