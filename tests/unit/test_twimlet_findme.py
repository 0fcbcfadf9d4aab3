"""The `findme` Twimlet."""

import pytest

from tests.twimlets import answer, canonical, document, urls

HANGUP = canonical("<Response><Hangup/></Response>")
FAIL_URL = "https://example.com/fail?a=b&c=d"
FAIL = "FailUrl=https%3A%2F%2Fexample.com%2Ffail%3Fa%3Db%26c%3Dd"


def walk(query: str) -> list[str]:
    """The documents of all hops when no callee presses a key."""
    documents = []
    answered = answer("findme", query)
    while answered.document and "<Dial" in answered.document:
        documents.append(answered.document)
        action = answered.document.partition('action="')[2].partition('"')[0].replace("&amp;", "&")
        answered = answer("findme", action.partition("?")[2], DialCallStatus="no-answer")
    documents.append(answered.location or answered.document)
    return documents


def test_the_first_phone_rings_and_the_others_wait_in_the_url() -> None:
    """The URL has all keys of the state, and a key press is always required."""
    assert document("findme", "PhoneNumbers[0]=1&PhoneNumbers[1]=2&PhoneNumbers[2]=3") == canonical(
        '<Response><Dial action="findme?Dial&amp;FailUrl&amp;Timeout&amp;Message&amp;PhoneNumbers[]&amp;PhoneNumbers[]"'
        ' timeout="60"><Number url="whisper?Message&amp;HumanCheck">1</Number></Dial></Response>'
    )


def test_the_last_phone_leaves_no_number_in_the_url() -> None:
    """The four keys before it stay."""
    assert document("findme", "PhoneNumbers=1") == canonical(
        '<Response><Dial action="findme?Dial&amp;FailUrl&amp;Timeout&amp;Message" timeout="60">'
        '<Number url="whisper?Message&amp;HumanCheck">1</Number></Dial></Response>'
    )


def test_a_key_press_is_required() -> None:
    """HumanCheck hangs up on an answering machine."""
    dialled = answer("findme", "PhoneNumbers=1&Message=Hi").document
    assert urls(dialled, "url") == [("whisper", {"Message": "Hi", "HumanCheck": "1"})]


def test_an_answer_ends_the_search() -> None:
    """The remaining numbers do not ring."""
    assert document("findme", "Dial=true&PhoneNumbers[]=2", DialCallStatus="completed") == HANGUP


@pytest.mark.parametrize("status", ["busy", "no-answer", "failed"])
def test_no_answer_rings_the_next(status: str) -> None:
    """As does a callee who answered without pressing a key."""
    assert ">2</Number>" in answer("findme", "Dial=true&PhoneNumbers[]=2", DialCallStatus=status).document
    refused = {"DialCallStatus": "completed", "DialBridged": "false"}
    assert ">2</Number>" in answer("findme", "Dial=true&PhoneNumbers[]=2", **refused).document


def test_the_call_continues_at_fail_url_after_the_last_number() -> None:
    """Or ends."""
    assert answer("findme", f"Dial=true&{FAIL}", DialCallStatus="busy").location == FAIL_URL
    assert document("findme", "Dial=true&FailUrl=", DialCallStatus="busy") == HANGUP


def test_defect_2_all_of_more_than_ten_numbers_are_rung_in_their_order() -> None:
    """The original drops the first ten."""
    numbers = [f"41555500{index:02}" for index in range(25)]
    documents = walk("&".join(f"PhoneNumbers[{index}]={number}" for index, number in enumerate(numbers)))
    assert [each.partition("</Number>")[0].rpartition(">")[2] for each in documents[:-1]] == numbers
    assert canonical(documents[-1]) == HANGUP


def test_defect_2_each_hop_has_timeout_message_and_fail_url() -> None:
    """The original loses them from the second number on."""
    query = f"PhoneNumbers[]=1&PhoneNumbers[]=2&PhoneNumbers[]=3&Timeout=7&Message=Ol%C3%A1&{FAIL}"
    *dials, end = walk(f"{query}&Language=pt-PT&Voice=Polly.Ines")
    assert len(dials) == 3
    for dialled in dials:
        assert 'timeout="7"' in dialled
        speaker = {"Language": "pt-PT", "Voice": "Polly.Ines"}
        assert urls(dialled, "url") == [("whisper", {"Message": "Olá", "HumanCheck": "1", **speaker})]
    assert end == FAIL_URL


def test_defect_5_without_numbers_nobody_is_dialled() -> None:
    """FailUrl, or the call ends."""
    assert document("findme", "Message=Hi") == HANGUP
    assert answer("findme", FAIL).location == FAIL_URL
