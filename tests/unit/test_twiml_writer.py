"""TwiML as text: the same as the library's own, which is slower."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.twiml import GenericNode, TwiML
from twilio.twiml.messaging_response import MessagingResponse
from twilio.twiml.voice_response import Dial, Gather, VoiceResponse

from switchboard.twiml_writer import document

texts = st.text(st.characters(codec="utf-8"), max_size=12)
values = st.none() | texts | st.dictionaries(st.sampled_from("ab"), texts, max_size=2)
attributes = st.dictionaries(
    st.sampled_from(["action", "numDigits", "xml_lang", "a"]), texts | st.booleans() | st.integers()
)


def nodes(inside: st.SearchStrategy[TwiML | str]) -> st.SearchStrategy[TwiML]:
    """Elements with a value, attributes, and elements and texts inside."""

    def build(name: str, value: object, given: dict[str, object], children: list[TwiML | str]) -> TwiML:
        node = GenericNode(name, value, **given)
        for child in children:
            node.append(child)
        return node

    return st.builds(build, st.sampled_from(["Say", "Dial"]), values, attributes, st.lists(inside, max_size=3))


trees = nodes(st.recursive(nodes(texts), lambda inside: nodes(inside | texts), max_leaves=6) | texts)


@given(trees)
def test_any_document_is_the_librarys_letter_for_letter(tree: TwiML) -> None:
    """Elements, attributes, and texts before, between and after elements."""
    assert document(tree) == str(tree)


def call() -> VoiceResponse:
    """A call with what the app uses."""
    response = VoiceResponse()
    gather = Gather(action="menu?tries=1&name=A%20B", num_digits=1, finish_on_key="")
    gather.say('Say "hello" & <press> 1.', language="pt-BR")
    response.append(gather)
    dial = Dial(answer_on_bridge=True, timeout=20)
    dial.client("alice").parameter(name="queue", value="caf\u00e9")
    response.append(dial)
    response.hangup()
    return response


@pytest.mark.parametrize("response", [VoiceResponse(), MessagingResponse(), call()])
def test_documents_of_the_app(response: TwiML) -> None:
    """Also an empty one."""
    assert document(response) == str(response)


def test_what_no_encoding_has_is_a_reference() -> None:
    """Half of a surrogate pair, as the library writes it."""
    response = MessagingResponse()
    response.message("\ud83d")
    assert document(response) == str(response)
