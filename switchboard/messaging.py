"""An incoming text -> TwiML. The keyword answers are in prompts/."""

from __future__ import annotations

from twilio.twiml.messaging_response import MessagingResponse

from switchboard.prompts import LINK, Prompts
from switchboard.webhooks import IncomingMessage

NO_ANSWER = str(MessagingResponse())


def incoming(message: IncomingMessage, prompts: Prompts) -> str:
    """Returns the answer to a text: its keyword's, an acknowledgement of media, or the default sentence.

    Opt-out keywords get an empty answer, because Twilio answers them itself and our answer would fail with 21610.
    """
    if message.opt_out_keyword:
        return NO_ANSWER
    answer = prompts.keywords.get(message.body.strip().upper())
    if answer is None:
        answer = prompts.text_media if message.media else prompts.text_default
    response = MessagingResponse()
    response.message(answer.format(link=LINK))
    return str(response)
