"""The `echo` Twimlet."""

from urllib.parse import quote

import pytest

from switchboard.prompts import english, find
from switchboard.twimlets import TWIMLETS
from switchboard.twimlets.answer import NOTHING, Answer
from tests.twimlets import answer, canonical, document, parameters


@pytest.mark.parametrize(
    "twiml",
    [
        "<Response/>",
        "<Response><Say>Olá &amp; 你好</Say></Response>",
        '<?xml version="1.0" encoding="UTF-8"?>\n<Response >\t<Say  voice = "x">a</Say>\r\n<!-- b --></Response>\n',
        "<Response><NoSuchVerb/></Response>",
    ],
)
def test_the_document_comes_back_byte_for_byte(twiml: str) -> None:
    """With white space, comments and unknown verbs: Twilio checks those."""
    assert answer("echo", f"Twiml={quote(twiml)}") == Answer(document=twiml)


@pytest.mark.parametrize("query", ["", "Twiml=", "twiml=%3CResponse/%3E"])
def test_without_a_document_the_answer_is_empty(query: str) -> None:
    """No body at all."""
    assert answer("echo", query) == NOTHING


@pytest.mark.parametrize(
    ("twiml", "problem"),
    [
        ("Hello", "not well-formed: line 1, column 1"),
        ("<Response>", "not well-formed: line 1, column 11"),
        ("<Response/><Response/>", "not well-formed: line 1, column 12"),
        ("<html/>", "its root is not Response"),
        ("<!DOCTYPE r [<!ENTITY e 'x'>]><Response>&e;</Response>", "a document type is not allowed"),
        ("<!DOCTYPE Response SYSTEM 'file:///etc/passwd'><Response/>", "a document type is not allowed"),
        ("<Response>&e;</Response>", "not well-formed: line 1, column 11"),
        ("<Response>\x00</Response>", "not well-formed: line 1, column 11"),
    ],
)
def test_defect_6_a_document_that_is_not_twiml_is_not_returned(twiml: str, problem: str) -> None:
    """The caller hears an apology; the problem is logged without the document."""
    asked = parameters(f"Twiml={quote(twiml)}")
    answered = TWIMLETS["echo"].answer(asked)
    assert isinstance(answered, Answer)
    assert canonical(answered.document) == canonical(f"<Response><Say>{english().failure}</Say><Hangup/></Response>")
    assert asked.problems == [f"Twiml: {problem}"]


def test_defect_7_the_apology_is_spoken_in_the_language_of_the_url() -> None:
    """The document itself is left as it is."""
    assert (find("pt") or english()).failure in document("echo", "Twiml=x&Language=pt-PT")
    assert answer("echo", "Twiml=%3CResponse/%3E&Language=pt-PT").document == "<Response/>"
