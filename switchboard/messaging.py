"""A text that came in -> TwiML. Keyword answers are in prompts.py."""

from __future__ import annotations

from twilio.twiml.messaging_response import MessagingResponse

from switchboard.prompts import Prompts
from switchboard.voice import LINK
from switchboard.webhooks import IncomingMessage

# The words that Twilio itself acts on and answers; the whole body, in any case.
# https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out
STOP_WORDS = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "END", "QUIT", "CANCEL", "REVOKE", "OPTOUT"})
START_WORDS = frozenset({"START", "YES", "UNSTOP"})
HELP_WORDS = frozenset({"HELP", "INFO"})

SILENCE = str(MessagingResponse())


def incoming(message: IncomingMessage, sentences: Prompts) -> str:
    """Answer a text: its keyword's answer, thanks for what came with it, or one polite sentence.

    Opt-out words get an empty answer, because Twilio answers them and ours would fail with 21610.
    """
    word = message.body.strip().upper()
    if message.opt_out or word in STOP_WORDS | START_WORDS | HELP_WORDS:
        return SILENCE
    answer = sentences.keywords.get(word)
    if answer is None:
        answer = sentences.text_media if message.media else sentences.text_default
    response = MessagingResponse()
    response.message(answer.format(link=LINK))
    return str(response)
