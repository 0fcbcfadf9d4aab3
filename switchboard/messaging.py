"""An incoming text -> TwiML. The keyword answers are in prompts/."""

from __future__ import annotations

from collections.abc import Iterable

from twilio.twiml.messaging_response import MessagingResponse

from switchboard.prompts import LINK, Prompts
from switchboard.robots import RecentTexts, is_robot
from switchboard.text import keyword
from switchboard.webhooks import IncomingMessage

NO_ANSWER = str(MessagingResponse())


def incoming(message: IncomingMessage, prompts: Prompts, own_numbers: Iterable[str], recent: RecentTexts) -> str:
    """Returns the answer to a text; an empty one where Twilio answers itself (our answer would fail with 21610).

    Robots get no answer, nor does anybody again and again for the same text. `own_numbers` are ours, besides the texted
    one.
    """
    if message.opt_out_keyword or is_robot(message.sender, (*own_numbers, message.recipient)):
        return NO_ANSWER
    if not recent.may_answer(message.sid, message.sender, message.recipient, message.body):
        return NO_ANSWER
    response = MessagingResponse()
    response.message(_answer(message, prompts).format(link=LINK))
    return str(response)


def _answer(message: IncomingMessage, prompts: Prompts) -> str:
    """Returns the keyword's answer, help, an acknowledgement of media, or the default sentence."""
    found = prompts.keywords.get(keyword(message.body))
    if found is None and message.needs_help:
        return prompts.text_help
    if found is None:
        return prompts.text_media if message.media else prompts.text_default
    return found
