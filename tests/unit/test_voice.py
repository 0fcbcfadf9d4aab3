"""The default call flow, step by step: what a caller hears, and where each choice leads."""

import msgspec
import pytest

from switchboard import prompts, twiml
from switchboard.prompts import ENGLISH, LANGUAGES, LINK
from switchboard.voice import call_flow
from switchboard.voice.call_flow import CallFlow
from tests.flow import BLOCKED, CALLER, FLOW, OPERATOR, WITHOUT_OPERATOR, call, only, sentences, verbs


def choose(key: str, flow: CallFlow = FLOW) -> str:
    """The document after this key."""
    return call_flow.menu(call(digits=key, tries=1), flow)


def test_a_caller_is_greeted_and_offered_the_menu() -> None:
    """After a second of silence, because the first second is often cut off."""
    document = call_flow.incoming(call(), FLOW)
    assert verbs(document) == ["Pause", "Say", "Gather", "Redirect"]
    assert sentences(document) == [ENGLISH.welcome, ENGLISH.menu]


def test_a_choice_is_a_key_or_a_word() -> None:
    """One key, or speech in the caller's language with hints."""
    gather = only(call_flow.incoming(call(), FLOW), "Gather").attrib
    assert (gather["input"], gather["numDigits"], gather["language"]) == ("dtmf speech", "1", "en-US")
    assert "voicemail" in gather["hints"].split(", ")


def test_silence_is_handled_like_a_wrong_key() -> None:
    """A Gather without input falls through: the Redirect leads to the same step with the same count."""
    document = call_flow.incoming(call(), FLOW)
    assert only(document, "Redirect").text == only(document, "Gather").get("action") == "menu?tries=1"


@pytest.mark.parametrize("flow", [FLOW, WITHOUT_OPERATOR])
def test_a_blocked_caller_is_rejected_before_the_call_is_answered(flow: CallFlow) -> None:
    """Reject alone: any other verb would answer the call, which costs money."""
    document = call_flow.incoming(call(caller=BLOCKED), flow)
    assert verbs(document) == ["Reject"]
    assert only(document, "Reject").get("reason") == "rejected"


@pytest.mark.parametrize(
    ("blocked", "caller"),
    [
        ("anonymous", "Anonymous"),
        ("anonymous", "+266696687"),
        ("anonymous", ""),
        ("client:alice", "client:alice"),
        ("sip:spam@pbx.example.com", "sip:spam@pbx.example.com:5061"),
        (BLOCKED, f"sip:{BLOCKED}@contoso.sip.twilio.com"),
        (BLOCKED, f"whatsapp:{BLOCKED}"),
    ],
)
def test_callers_are_blocked_by_number_by_whole_address_or_as_anonymous(blocked: str, caller: str) -> None:
    """Also those without a number."""
    flow = msgspec.structs.replace(FLOW, blocked=frozenset({blocked}))
    assert verbs(call_flow.incoming(call(caller=caller), flow)) == ["Reject"]


@pytest.mark.parametrize("caller", ["client:15005550666", "sip:15005550666@pbx.example.com", "sip:a@1.500.555.0666"])
def test_digits_that_are_no_number_block_nobody(caller: str) -> None:
    """Only the number itself is blocked."""
    assert verbs(call_flow.incoming(call(caller=caller), FLOW))[0] == "Pause"


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("1", ["Say", "Dial"]),
        ("2", ["Say", "Enqueue"]),
        ("3", ["Say", "Record", "Say", "Hangup"]),
        ("4", ["Sms", "Say", "Hangup"]),
        ("*", ["Redirect"]),
    ],
)
def test_each_key_has_its_verbs(key: str, expected: list[str]) -> None:
    """The whole menu."""
    assert verbs(choose(key)) == expected


def test_the_table_above_is_the_whole_menu() -> None:
    """A new key needs a test."""
    assert set(call_flow.CHOICES) == {"1", "2", "3", "4", "*"}


def test_key_one_dials_the_operator() -> None:
    """For twenty seconds; `dialed` gets the result."""
    dial = only(choose("1"), "Dial")
    assert only(choose("1"), "Number").text == OPERATOR
    assert (dial.get("action"), dial.get("timeout"), dial.get("answerOnBridge")) == ("dialed", "20", "true")


def test_key_one_without_an_operator_is_the_voicemail() -> None:
    """The caller hears that nobody is there, and can leave a message."""
    document = choose("1", WITHOUT_OPERATOR)
    assert verbs(document) == ["Say", "Say", "Record", "Say", "Hangup"]
    assert sentences(document)[0] == ENGLISH.nobody_answered


def test_key_two_waits_in_the_queue() -> None:
    """With our own document while waiting."""
    enqueue = only(choose("2"), "Enqueue")
    assert (enqueue.text, enqueue.get("waitUrl"), enqueue.get("action")) == ("support", "hold", "dialed")


def test_key_three_records_a_message() -> None:
    """With a beep, three minutes at most, ended by the hash key or by hanging up."""
    record = only(choose("3"), "Record")
    assert (record.get("action"), record.get("maxLength"), record.get("playBeep")) == ("recorded", "180", "true")
    assert record.get("finishOnKey") == "#"


def test_a_silent_message_ends_with_a_sentence() -> None:
    """A Record without sound falls through."""
    assert sentences(choose("3"))[-1] == ENGLISH.no_message


def test_recordings_are_reported_at_an_absolute_url_with_retries() -> None:
    """Nobody else has the data of that callback."""
    record = only(choose("3"), "Record")
    assert record.get("recordingStatusCallback") == "https://voice.example.com/api/status/recording#rc=3&rp=all"
    assert set((record.get("recordingStatusCallbackEvent") or "").split()) == {"completed", "absent"}


def test_key_four_texts_the_link() -> None:
    """To the caller, who hears that it was sent."""
    assert (only(choose("4"), "Sms").text or "").endswith(LINK)
    assert sentences(choose("4")) == [ENGLISH.link_sent]


def test_star_repeats_the_menu() -> None:
    """From the start, with the count of tries reset."""
    assert only(choose("*"), "Redirect").text == "incoming"


@pytest.mark.parametrize("sentences", LANGUAGES.values(), ids=LANGUAGES)
def test_every_word_has_the_effect_of_its_key(sentences: prompts.Prompts) -> None:
    """In each language, alone or in a sentence."""
    flow = msgspec.structs.replace(FLOW, prompts=sentences)
    for word, key in sentences.speech.items():
        for speech in (word, word.upper(), f"Ehm, {word}."):
            assert call_flow.menu(call(speech=speech, tries=1), flow) == choose(key, flow)


@pytest.mark.parametrize("speech", ["Operator?", "Operator!", "An operator; thank you."])
def test_punctuation_around_a_word_is_ignored(speech: str) -> None:
    """Twilio returns speech as a sentence, also as a question."""
    assert call_flow.menu(call(speech=speech, tries=1), FLOW) == choose("1")


def test_a_key_has_priority_over_a_word() -> None:
    """A key is never misrecognized."""
    assert call_flow.menu(call(digits="3", speech="operator", tries=1), FLOW) == choose("3")


@pytest.mark.parametrize("fields", [{}, {"digits": "9"}, {"digits": "#"}, {"digits": "12"}, {"speech": "blue moon"}])
@pytest.mark.parametrize("tries", [0, 1, 2])
def test_without_a_choice_the_menu_is_offered_again(tries: int, fields: dict[str, str]) -> None:
    """And the next try is counted."""
    document = call_flow.menu(call(tries=tries, **fields), FLOW)
    assert verbs(document) == ["Say", "Gather", "Redirect"]
    assert sentences(document) == [ENGLISH.not_understood, ENGLISH.menu]
    assert only(document, "Gather").get("action") == f"menu?tries={tries + 1}"


@pytest.mark.parametrize("fields", [{}, {"digits": "9"}, {"speech": "blue moon"}])
@pytest.mark.parametrize("tries", [3, 4, 999_999_999])
def test_the_call_ends_after_the_third_try(tries: int, fields: dict[str, str]) -> None:
    """With a sentence."""
    document = call_flow.menu(call(tries=tries, **fields), FLOW)
    assert (verbs(document), sentences(document)) == (["Say", "Hangup"], [ENGLISH.goodbye])


def test_the_menu_is_heard_three_times_in_all() -> None:
    """By a caller who follows every Redirect and is silent."""
    document, count = call_flow.incoming(call(), FLOW), 0
    while ENGLISH.menu in sentences(document):
        count += 1
        tries = int((only(document, "Redirect").text or "").removeprefix("menu?tries="))
        document = call_flow.menu(call(tries=tries), FLOW)
    assert count == 3
    assert verbs(document)[-1] == "Hangup"


def test_a_choice_on_the_last_try_is_accepted() -> None:
    """Only tries without a choice are counted."""
    assert call_flow.menu(call(digits="3", tries=3), FLOW) == choose("3")


@pytest.mark.parametrize("status", ["completed", "answered"])
def test_the_call_ends_after_the_operator_answered(status: str) -> None:
    """There is no voicemail after a conversation."""
    assert verbs(call_flow.dialed(call(dial_status=status), FLOW)) == ["Hangup"]


@pytest.mark.parametrize("status", ["no-answer", "busy", "failed", "canceled", "", "unheard-of"])
def test_the_voicemail_follows_when_the_operator_did_not_answer(status: str) -> None:
    """For every other status, also an unknown one."""
    document = call_flow.dialed(call(dial_status=status), FLOW)
    assert verbs(document) == ["Say", "Say", "Record", "Say", "Hangup"]
    assert sentences(document)[0] == ENGLISH.nobody_answered


@pytest.mark.parametrize("result", ["bridged", "hangup", "redirected"])
def test_the_call_ends_after_an_agent_took_it(result: str) -> None:
    """The wait is over."""
    assert verbs(call_flow.dialed(call(queue_result=result), FLOW)) == ["Hangup"]


@pytest.mark.parametrize("result", ["leave", "queue-full", "error", "system-error"])
def test_the_voicemail_follows_when_no_agent_was_free(result: str) -> None:
    """It says that the agents are busy, not that nobody answered."""
    document = call_flow.dialed(call(queue_result=result), FLOW)
    assert "Record" in verbs(document)
    assert sentences(document)[0] == ENGLISH.nobody_free


def test_a_recorded_message_is_acknowledged() -> None:
    """And the call ends."""
    document = call_flow.recorded(call(), FLOW)
    assert (verbs(document), sentences(document)) == (["Say", "Hangup"], [ENGLISH.message_received])


@pytest.mark.parametrize("position", [1, 2, 30])
def test_a_waiting_caller_hears_position_and_music(position: int) -> None:
    """Twilio requests this again when the music ends."""
    document = call_flow.hold(call(queue_position=position, queue_seconds=599), FLOW)
    assert verbs(document) == ["Say", "Play"]
    assert sentences(document) == [f"You are number {position} in the line."]
    assert only(document, "Play").text == call_flow.MUSIC


def test_an_absent_position_is_not_spoken() -> None:
    """There is no number 0 in a queue."""
    assert verbs(call_flow.hold(call(), FLOW)) == ["Play"]


NUMBERLESS = ("client:alice", "sip:bob@pbx.example.com", "Anonymous", "Restricted", "Unavailable", "+266696687", "")


@pytest.mark.parametrize("caller", NUMBERLESS)
def test_a_caller_without_a_number_reaches_the_operator(caller: str) -> None:
    """The operator's phone shows the called number: Twilio refuses a Dial without a valid one (13214)."""
    document = call_flow.menu(call(caller=caller, digits="1", tries=1), FLOW)
    assert only(document, "Dial").get("callerId") == "+15005550001"


@pytest.mark.parametrize("caller", NUMBERLESS)
def test_a_caller_without_a_number_is_texted_nothing(caller: str) -> None:
    """And no sentence says that the link was sent."""
    document = call_flow.menu(call(caller=caller, digits="4", tries=1), FLOW)
    assert (verbs(document), sentences(document)) == (["Say", "Hangup"], [ENGLISH.cannot_be_texted])


def test_nothing_is_texted_from_an_address_without_a_number() -> None:
    """A call to a SIP domain has no number that a text could come from."""
    document = call_flow.menu(call(called="sip:1@contoso.sip.twilio.com", digits="4", tries=1), FLOW)
    assert "Sms" not in verbs(document)


def test_an_agent_at_a_browser_shows_the_called_number() -> None:
    """A browser client has no number of its own."""
    assert only(call_flow.agent(call(caller="client:alice"), FLOW), "Dial").get("callerId") == "+15005550001"


@pytest.mark.parametrize("document", [choose("1"), call_flow.agent(call(caller=OPERATOR), FLOW)])
def test_a_caller_with_a_number_shows_it(document: str) -> None:
    """Twilio passes it on by itself."""
    assert only(document, "Dial").get("callerId") is None


@pytest.mark.parametrize("seconds", [600, 601, 86_400])
def test_after_ten_minutes_the_caller_leaves_the_queue(seconds: int) -> None:
    """`dialed` then offers the voicemail."""
    assert verbs(call_flow.hold(call(queue_position=1, queue_seconds=seconds), FLOW)) == ["Leave"]


@pytest.mark.parametrize(
    "parties",
    [
        {"caller": OPERATOR},
        {"caller": "+15005550001", "called": OPERATOR, "direction": "outbound-api"},
        {"caller": "client:alice"},
    ],
)
def test_an_agent_is_connected_to_the_caller_who_waited_longest(parties: dict[str, str]) -> None:
    """The operator's number on either side of the call, or a browser client."""
    document = call_flow.agent(call(**parties), FLOW)
    assert verbs(document) == ["Say", "Dial", "Say", "Hangup"]
    assert only(document, "Queue").text == "support"


def test_the_agents_queue_is_the_callers() -> None:
    """Two names would be two queues."""
    assert only(call_flow.agent(call(caller=OPERATOR), FLOW), "Queue").text == only(choose("2"), "Enqueue").text


@pytest.mark.parametrize(
    "caller", [CALLER, "", "sip:client:alice@example.com", f"sip:{OPERATOR}@pbx.example.com", "anonymous"]
)
@pytest.mark.parametrize("flow", [FLOW, WITHOUT_OPERATOR])
def test_another_caller_is_not_connected_to_the_queue(flow: CallFlow, caller: str) -> None:
    """Also without an operator's number."""
    assert verbs(call_flow.agent(call(caller=caller, called=""), flow)) == ["Reject"]


def test_a_failure_is_spoken_and_ends_the_call() -> None:
    """Instead of "an application error has occurred"."""
    document = call_flow.failure(FLOW)
    assert (verbs(document), sentences(document)) == (["Say", "Hangup"], [ENGLISH.failure])


def test_the_document_of_a_command_is_one_sentence() -> None:
    """In the command's language and voice."""
    say = only(twiml.say("Olá", "pt-PT", "Polly.Ines"), "Say")
    assert (say.text, say.attrib) == ("Olá", {"language": "pt-PT", "voice": "Polly.Ines"})
    assert only(twiml.say("Hello"), "Say").attrib == {}
