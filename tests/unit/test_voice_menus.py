"""Menus: keys and words, what is offered again, menus of menus, and the way back."""

import pytest

from tests.numbers_files import one_number
from tests.voice_calls import Call, only, query_of

FILE = """\
language = "en"
[agents]
bob = { number = "+351210000020" }
[menus.billing]
greeting = "Billing."
language = "pt"
menu.1 = { label = "faturas", menu = "invoices" }
menu.2 = { ring = ["bob"] }
menu."*" = { menu = "back" }
[menus.invoices]
greeting = "Invoices."
menu.1 = { label = "this year", say = "None." }
menu."*" = { menu = "back" }
otherwise = { say = "Nothing chosen." }
[[numbers]]
number = "+351210000001"
greeting = "Welcome."
menu.1 = { label = "sales", words = ["sales", "new orders"], voicemail = true }
menu.2 = { label = "where we are", say = "Second floor." }
menu.9 = { label = "billing", menu = "billing" }
"""
REPEAT = "To hear this again, press star."


def call(text: str = FILE) -> Call:
    """A call at the menu."""
    found = Call(text)
    found.start()
    return found


def test_the_options_are_offered_by_their_labels() -> None:
    """In the order of the file, the greeting first: a key interrupts both."""
    found = call()
    assert found.said == [
        *("Welcome.", "For sales, press 1.", "For where we are, press 2.", "For billing, press 9.", REPEAT)
    ]
    assert len(only(found.document, "Gather")) == 5


def test_a_choice_is_a_key_or_a_word() -> None:
    """One key, or speech in the number's language with hints of what may be said."""
    gather = only(call().document, "Gather").attrib
    assert (gather["input"], gather["numDigits"], gather["language"]) == ("dtmf speech", "1", "en-US")
    assert gather["hints"].split(", ") == ["sales", "new orders", "where we are", "billing"]


@pytest.mark.parametrize("lines", ["speech = false\nmenu.1 = { label = 'a', voicemail = true }"])
def test_speech_can_be_turned_off(lines: str) -> None:
    """Keys only: recognition costs money for each Gather."""
    assert only(call(one_number(lines)).document, "Gather").get("input") == "dtmf"


@pytest.mark.parametrize("speech", ["Sales?", "Ehm, new orders please", "SALES!"])
def test_a_word_does_what_its_key_does(speech: str) -> None:
    """Alone or within a sentence, with Twilio's punctuation."""
    chosen, spoken = call(), call()
    assert spoken.speak(speech) == chosen.press("1")


def test_silence_goes_the_way_of_a_wrong_key() -> None:
    """A Gather without input falls through: the Redirect leads to the same URL."""
    found = call()
    assert only(found.document, "Redirect").text == only(found.document, "Gather").get("action")


def test_without_a_choice_the_menu_is_offered_three_times_in_all() -> None:
    """The greeting once: the labels say the rest. Then the call ends."""
    found, heard = call(), 0
    while "Gather" in found.verbs:
        heard += 1
        assert ("Welcome." in found.said) is (heard == 1)
        found.silent()
    assert heard == 3
    assert found.said == ["We did not hear a choice. Please call again at any time. Good bye."]
    assert found.verbs == ["Say", "Hangup"]


def test_the_file_may_say_how_often() -> None:
    """`tries` of the number."""
    found = call(FILE.replace('greeting = "Welcome."', 'greeting = "Welcome."\ntries = 1'))
    found.silent()
    assert "Gather" not in found.verbs


def test_star_repeats_without_counting() -> None:
    """Whoever listens again has not failed to choose."""
    found = call()
    found.silent()
    before = query_of(only(found.document, "Gather").attrib["action"])["tries"]
    found.press("*")
    assert query_of(only(found.document, "Gather").attrib["action"])["tries"] == before == "2"


def test_a_menu_without_labels_says_the_greeting_each_time() -> None:
    """It alone says what the keys do."""
    found = call(one_number('greeting = "Press 1 for voicemail."\nmenu.1 = { voicemail = true }'))
    found.silent()
    assert found.said == ["Sorry, I did not get that.", "Press 1 for voicemail."]


def test_a_menu_of_a_menu_has_its_own_language_and_words() -> None:
    """Until the caller goes back."""
    found = call()
    found.press("9")
    assert found.said == ["Billing.", "Para faturas, prima 1.", "Para voltar atrás, prima asterisco."]
    assert only(found.document, "Gather").get("language") == "pt-PT"
    found.press("1")
    assert found.said[1] == "Para this year, prima 1."


def test_back_goes_up_one_menu_at_a_time() -> None:
    """To the start in the end, in the number's language again, and without its greeting."""
    found = call()
    found.press("9")
    found.press("1")
    found.press("*")
    assert found.said[0] == "Billing."
    found.press("*")
    assert found.said[0] == "For sales, press 1."


def test_a_sentence_in_a_menu_is_followed_by_the_menu() -> None:
    """The tries begin anew: a choice was made."""
    found = call()
    found.silent()
    found.press("2")
    assert found.said[:2] == ["Second floor.", "For sales, press 1."]
    assert "tries" not in query_of(only(found.document, "Gather").attrib["action"])


def test_a_menus_own_otherwise_is_for_no_choice_too() -> None:
    """And a sentence there ends the call."""
    found = call()
    found.press("9")
    found.press("1")
    for _ in range(3):
        found.silent()
    assert found.said == ["Nothing chosen."]
    assert found.verbs == ["Say", "Hangup"]


@pytest.mark.parametrize(
    "lines", ['answer = { menu = "more" }', 'otherwise = { menu = "more" }\nmenu.1 = { hangup = true }']
)
def test_back_as_otherwise_ends_where_no_menu_is_above(lines: str) -> None:
    """The one action of the number would open the same menu again, without end."""
    back = 'menu.1 = { hangup = true }\notherwise = { menu = "back" }\n[['
    found = call(one_number(lines).replace("menu.1 = { hangup = true }\n[[", back))
    for _ in range(12):
        if "Gather" not in found.verbs:
            break
        found.silent()
    assert "Hangup" in found.verbs


@pytest.mark.parametrize("target", ["menu?menu=gone", "menu?action=key-8", "dialed?action=key-8", "dialed?queue=gone"])
def test_what_is_no_longer_in_the_file_ends_politely(target: str) -> None:
    """The file was edited between two webhooks of a call."""
    found = call()
    found.post(target, Digits="8")
    assert found.verbs
