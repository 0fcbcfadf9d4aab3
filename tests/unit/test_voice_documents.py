"""Rules for every document of the call flow."""

import msgspec

from switchboard.prompts import ENGLISH, PORTUGUESE
from switchboard.voice import call_flow
from switchboard.voice.call_flow import CallFlow
from tests.flow import BLOCKED, FLOW, OPERATOR, SETTINGS, call, only, read, sentences

LISTED_VERBS = {
    *("Say", "Play", "Pause", "Gather", "Dial", "Enqueue", "Queue", "Record"),
    *("Redirect", "Reject", "Sms", "Hangup", "Leave"),
}


def every_document(flow: CallFlow) -> list[str]:
    """The documents of each step in each of its cases."""
    return [
        call_flow.incoming(call(), flow),
        call_flow.incoming(call(caller=BLOCKED), flow),
        *(call_flow.menu(call(digits=key, tries=1), flow) for key in call_flow.CHOICES),
        *(call_flow.menu(call(tries=tries), flow) for tries in range(5)),
        call_flow.dialed(call(dial_status="no-answer"), flow),
        call_flow.dialed(call(dial_status="completed"), flow),
        call_flow.dialed(call(queue_result="leave"), flow),
        call_flow.recorded(call(), flow),
        call_flow.hold(call(queue_position=1), flow),
        call_flow.hold(call(queue_seconds=600), flow),
        call_flow.agent(call(caller=OPERATOR), flow),
        call_flow.agent(call(), flow),
        call_flow.failure(flow),
    ]


def test_the_flow_uses_every_expected_verb() -> None:
    """Thirteen verbs and nouns."""
    used = {element.tag for document in every_document(FLOW) for element in read(document).iter()}
    assert used >= LISTED_VERBS


def test_portuguese_callers_hear_portuguese_only() -> None:
    """Each sentence, and the language of its voice."""
    flow = CallFlow.from_settings(msgspec.structs.replace(SETTINGS, voice_language="pt"), "")
    english = {value for value in msgspec.structs.asdict(ENGLISH).values() if isinstance(value, str)}
    for document in every_document(flow):
        assert not english & set(sentences(document))
        assert all(verb.get("language") == "pt-PT" for verb in read(document).iter("Say"))
    assert sentences(call_flow.incoming(call(), flow)) == [PORTUGUESE.welcome, PORTUGUESE.menu]


def test_a_tag_with_a_region_applies_to_speech_and_recognition() -> None:
    """A Brazilian caller hears and speaks pt-BR."""
    flow = CallFlow.from_settings(msgspec.structs.replace(SETTINGS, voice_language="pt-BR"), "")
    document = call_flow.incoming(call(), flow)
    assert {verb.get("language") for verb in read(document).iter() if verb.tag in ("Say", "Gather")} == {"pt-BR"}


def test_a_configured_voice_speaks_every_sentence() -> None:
    """VOICE_NAME; without it Twilio chooses."""
    flow = CallFlow.from_settings(msgspec.structs.replace(SETTINGS, voice_name="Polly.Ines"), "")
    for document in every_document(flow):
        assert all(verb.get("voice") == "Polly.Ines" for verb in read(document).iter("Say"))
    assert only(call_flow.failure(FLOW), "Say").get("voice") is None


def test_urls_within_the_flow_are_relative() -> None:
    """They work behind any host and any prefix."""
    for document in every_document(FLOW):
        for element in read(document).iter():
            urls = [element.get(name) for name in ("action", "waitUrl")]
            urls += [element.text] if element.tag == "Redirect" else []
            assert all("/" not in url and ":" not in url for url in urls if url)


def test_urls_within_the_flow_lead_to_steps_of_the_flow() -> None:
    """Each is the name of a function of the flow, which is its route."""
    for document in every_document(FLOW):
        for element in read(document).iter():
            for url in (element.get("action"), element.get("waitUrl")):
                assert not url or callable(getattr(call_flow, url.partition("?")[0]))


def test_no_sentence_is_longer_than_twilio_speaks() -> None:
    """4,096 characters per Say."""
    assert all(len(sentence) <= 4096 for document in every_document(FLOW) for sentence in sentences(document))
