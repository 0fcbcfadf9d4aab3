"""Speaking to the caller: a sentence in the call's language and voice, or a sound."""

from __future__ import annotations

from twilio.twiml import TwiML
from twilio.twiml.voice_response import Play, Say, VoiceResponse

from switchboard.prompts import Prompts
from switchboard.twiml_writer import document
from switchboard.voice.voice_request import VoiceRequest

# Twilio speaks at most this many characters of a Say: https://www.twilio.com/docs/voice/twiml/say
LONGEST_SENTENCE = 4096


def say(parent: TwiML, request: VoiceRequest, text: str) -> None:
    """Adds a sentence, or the sound of an https URL. An empty text adds nothing."""
    if text.startswith("https://"):
        parent.append(Play(text))
    elif text:
        parent.append(_sentence(text, request.sentences, request.voice))


def failure(sentences: Prompts) -> str:
    """Returns the document that apologizes for an error of ours, and ends the call."""
    response = VoiceResponse()
    response.append(_sentence(sentences.failure, sentences))
    response.hangup()
    return document(response)


def _sentence(text: str, sentences: Prompts, voice: str = "") -> Say:
    return Say(text[:LONGEST_SENTENCE], language=sentences.tag, voice=voice or None)
