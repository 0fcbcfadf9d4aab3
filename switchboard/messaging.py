"""An incoming text -> TwiML. The keyword answers are in prompts/."""

from __future__ import annotations

from twilio.twiml.messaging_response import MessagingResponse

from switchboard.prompts import LINK, Prompts
from switchboard.robots import RecentTexts, is_robot
from switchboard.text import keyword
from switchboard.webhooks import IncomingMessage

NO_ANSWER = str(MessagingResponse())


def incoming(message: IncomingMessage, prompts: Prompts, sender: str, recent: RecentTexts) -> str:
    """Returns the answer to a text; an empty one where Twilio answers itself (our answer would fail with 21610).

    `sender` is the number of ours that texts are sent from, "" without one. Robots get no answer, and nobody gets the
    same answer again and again.
    """
    if message.opt_out_keyword or is_robot(message.sender, (sender, message.recipient)):
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
