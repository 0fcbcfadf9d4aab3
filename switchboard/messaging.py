"""An incoming text -> TwiML, by the texts of the number in numbers.toml, or the text flow that answers it instead."""

from __future__ import annotations

from twilio.twiml.messaging_response import MessagingResponse

from switchboard.numbers import Number, Numbers
from switchboard.webhooks import IncomingMessage

NO_ANSWER = str(MessagingResponse())
ANY_OTHER = "*"


def incoming(message: IncomingMessage, numbers: Numbers) -> str:
    """Returns the answer to a text: its keyword's, else that for any other text; none if the number has neither.

    STOP and START get none, because Twilio answers them itself and our answer would fail with 21610. Twilio answers
    HELP too, but not on other channels than SMS (`whatsapp:` and the like).
    """
    number = numbers.find(message.recipient)
    answer = _answer(message, number, numbers)
    if not answer:
        return NO_ANSWER
    response = MessagingResponse()
    response.message(answer)
    return str(response)


def flow_of(message: IncomingMessage, numbers: Numbers) -> str:
    """Returns the text flow that answers a text: neither an opt-out word nor a keyword. "" without one."""
    number = numbers.find(message.recipient)
    is_word = message.opt_out_keyword or number.answer_to_keyword(message.body) is not None
    return "" if is_word else number.text_flow


def _answer(message: IncomingMessage, number: Number, numbers: Numbers) -> str:
    keyword = message.opt_out_keyword
    if keyword == "HELP" and ":" in message.sender and number.known:
        return numbers.sentences(number.language).help_text.format(name=number.name)
    if keyword:
        return ""
    answer = number.answer_to_keyword(message.body)
    return number.texts.get(ANY_OTHER, "") if answer is None else answer
