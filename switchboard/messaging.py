"""An incoming text -> TwiML, by the texts of the number in numbers.toml, or the text flow that answers it instead."""

from __future__ import annotations

from twilio.twiml.messaging_response import MessagingResponse

from switchboard.numbers import Numbers
from switchboard.robots import MOST_FLOW_ANSWERS, RecentTexts, is_robot
from switchboard.twiml_writer import document
from switchboard.webhooks import IncomingMessage

NO_ANSWER = str(MessagingResponse())
ANY_OTHER = "*"


def incoming(message: IncomingMessage, numbers: Numbers, recent: RecentTexts, sender: str = "") -> str:
    """Returns the answer to a text; an empty one where Twilio answers itself (our answer would fail with 21610).

    Robots get no answer, nor does anybody again and again for the same text. Our own numbers are those of the file, the
    texted one, and `sender`, the default sender.
    """
    if message.opt_out_keyword or is_robot(message.sender, (*numbers.by_called, message.recipient, sender)):
        return NO_ANSWER
    answer = _answer(message, numbers)
    if not answer or not recent.may_answer(message.sid, message.sender, message.recipient, message.body):
        return NO_ANSWER
    response = MessagingResponse()
    response.message(answer)
    return document(response)


def flow_of(message: IncomingMessage, numbers: Numbers, sender: str = "") -> str:
    """Returns the text flow that answers a text; "" without one, for an opt-out word, a keyword, and for a robot.

    Whether the flow runs is a question of `may_run` too: a robot may send from an ordinary number.
    """
    number = numbers.find(message.recipient)
    if message.opt_out_keyword or is_robot(message.sender, (*numbers.by_called, message.recipient, sender)):
        return ""
    return number.text_flow if number.answer_to_keyword(message.body) is None else ""


def may_run(message: IncomingMessage, recent: RecentTexts) -> bool:
    """Returns whether a flow answers a text: the same one from the same sender at most ten times (`RecentTexts`)."""
    return recent.may_answer(message.sid, message.sender, message.recipient, message.body, MOST_FLOW_ANSWERS)


def _answer(message: IncomingMessage, numbers: Numbers) -> str:
    """Returns the keyword's answer, help, or the answer to any other text; "" when the number has none."""
    number = numbers.find(message.recipient)
    answer = number.answer_to_keyword(message.body)
    if answer is None and message.needs_help and number.known:
        return numbers.sentences(number.language).help_text.format(name=number.name)
    return number.texts.get(ANY_OTHER, "") if answer is None else answer
