"""The key of a delivery, the id in a status URL, and the text form of a record."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from switchboard.delivery.record import CallbackId, DeliveryKey, partition_of
from switchboard.delivery.states import Kind
from switchboard.text import IDENTIFIER
from tests.fake_worker import TO, queued, record

PARTITION = partition_of(TO)
few = settings(max_examples=200, deadline=None, derandomize=True)
kinds: st.SearchStrategy[Kind] = st.sampled_from(["sms", "call"])


def test_a_partition_is_a_hash_of_the_number() -> None:
    """32 hex digits, the same for the same number. A channel address is another recipient."""
    assert re.fullmatch(r"[0-9a-f]{32}", PARTITION)
    assert partition_of(TO) == PARTITION
    assert len({partition_of(to) for to in (TO, "+15005550011", f"whatsapp:{TO}")}) == 3


@few
@given(kind=kinds, identity=st.from_regex(IDENTIFIER, fullmatch=True), attempt=st.integers(0, 999_999_999))
def test_a_callback_id_identifies_its_delivery(kind: Kind, identity: str, attempt: int) -> None:
    """For every id of a sender, with dots and colons; it needs no escaping in a URL."""
    key = DeliveryKey.of(kind, TO, identity)
    text = key.callback_id(attempt)
    assert CallbackId.parse(kind, text) == CallbackId(key, attempt)
    assert re.fullmatch(r"[A-Za-z0-9._:-]+", text)


@few
@given(kind=kinds, text=st.text(max_size=160) | st.from_regex(r"[0-9a-f]{30,34}\.[0-9-]{0,12}\..{0,120}"))
def test_an_invalid_callback_id_is_none(kind: Kind, text: str) -> None:
    """Anybody can send any `id`."""
    callback = CallbackId.parse(kind, text)
    if callback is not None:
        assert re.fullmatch(r"[0-9a-f]{32}", callback.key.partition)
        assert callback.attempt >= 0
        assert re.fullmatch(IDENTIFIER, callback.key.id)


@pytest.mark.parametrize(
    "text",
    [
        "",
        PARTITION,
        f"{PARTITION}.0",
        f"{PARTITION}.0.",
        f"{PARTITION}..t1",
        f"{PARTITION}.-1.t1",
        f"{PARTITION}.x.t1",
        f"{PARTITION}.٣.t1",
        f"{PARTITION}.1234567890.t1",
        f"{PARTITION[1:]}.0.t1",
        f"{PARTITION}0.0.t1",
        f"{PARTITION}.0.{'x' * 101}",
    ],
)
def test_a_changed_callback_id_is_none(text: str) -> None:
    """A part is missing, too long, or not a number."""
    assert CallbackId.parse("sms", text) is None


@pytest.mark.parametrize("odd", ["/", "\\", "#", "?", "\n", "a/b", "ä"])
def test_a_callback_id_with_an_impossible_command_id_is_none(odd: str) -> None:
    """Table Storage refuses these characters in a key, and Twilio would repeat the callback in vain."""
    assert CallbackId.parse("sms", f"{PARTITION}.0.{odd}") is None
    assert CallbackId.parse("sms", f"{odd}{PARTITION[len(odd) :]}.0.t1") is None


def test_the_text_form_of_a_record_has_no_number() -> None:
    """A traceback may contain it."""
    assert repr(record(queued(), attempt=2)) == "DeliveryRecord(sms:t1 claimed attempt=2)"
