"""Texts and calls from the outside world to the account's number: how each goes, from the first webhook to the last."""

from __future__ import annotations

from dataclasses import dataclass

from local.twilio import parameters
from local.twilio.addresses import normalise
from local.twilio.calls import LiveCall
from local.twilio.desk import Phone
from local.twilio.documents import fetch_messaging
from local.twilio.exchange import Exchange
from local.twilio.options import Pace
from local.twilio.people import ScriptedPerson
from local.twilio.progress import finish_call
from local.twilio.records import Call, Fetch, Media, Message
from local.twilio.transcript import Transcript
from local.twilio.twiml.document import TwimlError
from local.twilio.twiml.messaging import reply
from local.twilio.twiml.sentences import describe
from local.twilio.twiml.steps import Text

VOICE_PATH = "/api/voice/incoming"
TEXT_PATH = "/api/sms/incoming"
MOST_DOCUMENTS = 20


@dataclass(frozen=True, kw_only=True)
class TextFromOutside:
    """A text that somebody sends to the account's number. `opt_out_type` is Advanced Opt-Out's word, "" without it."""

    sender: str
    to: str
    body: str
    media: tuple[Media, ...] = ()
    opt_out_type: str = ""


@dataclass(frozen=True, kw_only=True)
class CallFromOutside:
    """A call that somebody places to the account's number, with what they will do, and those that the app dials."""

    caller: str
    to: str
    press: tuple[str, ...] = ()
    say: tuple[str, ...] = ()
    callee: str = ""
    message_seconds: int = 3
    patience: int = 60
    agent_comes: bool = False

    def person(self, pace: Pace) -> ScriptedPerson:
        """Who calls."""
        return ScriptedPerson(
            self.press,
            self.say,
            pace=pace,
            message_seconds=self.message_seconds,
            patience=self.patience,
            agent_comes=self.agent_comes,
        )


async def receive_call(exchange: Exchange, wanted: CallFromOutside) -> tuple[Call, Transcript]:
    """Let somebody call the app, to the end of the call and the callback that tells of it."""
    call = _ringing(exchange, wanted.caller, wanted.to)
    transcript = Transcript()
    live = LiveCall(exchange, call, wanted.person(exchange.options.pace), transcript, callee=wanted.callee)
    await _connect(exchange, live)
    return call, transcript


async def receive_call_by_hand(exchange: Exchange, phone: Phone) -> None:
    """Let somebody at a handset of the page call the app, to the end of the call and the callback that tells of it."""
    call = _ringing(exchange, phone.number, exchange.options.number)
    line = exchange.desk.begin(phone, call, call.to, "calling")
    await _connect(exchange, LiveCall(exchange, call, line, Transcript()))


def _ringing(exchange: Exchange, caller: str, to: str) -> Call:
    call = exchange.account.add_call(to=to, sender=caller, direction="inbound", status="ringing")
    call.status_callback = exchange.options.number_status_callback
    call.fallback = exchange.options.fallback
    return call


async def _connect(exchange: Exchange, live: LiveCall) -> None:
    call = live.call
    exchange.live[call.sid] = live
    exchange.say(f"call from {call.sender} ringing {call.sid}")
    try:
        ended = await live.unless_stopped(live.run(Fetch(url=exchange.options.public_origin + VOICE_PATH)))
    finally:
        del exchange.live[call.sid]
    if ended is None:
        live.transcript.tell("the REST API ends the call")
    else:
        await _finish(exchange, call, ended.status, live.transcript)


async def receive_text(exchange: Exchange, wanted: TextFromOutside) -> tuple[Message, Transcript]:
    """Let somebody text the app, and send what it answers."""
    account = exchange.account
    keyword = account.hear_keyword(
        sender=wanted.sender, number=wanted.to, body=wanted.body, opt_out_type=wanted.opt_out_type
    )
    message = account.add_message(
        to=wanted.to,
        sender=wanted.sender,
        body=wanted.body,
        status="received",
        direction="inbound",
        media=wanted.media,
    )
    exchange.say(f'text from {message.sender}: "{message.body}" {message.sid}')
    transcript = Transcript()
    form = parameters.of_incoming_text(message, account.sid, wanted.opt_out_type)
    await _answer(exchange, message, form, transcript)
    if keyword:
        transcript.tell(f"Twilio notes the {keyword}, and answers it itself")
    return message, transcript


async def _finish(exchange: Exchange, call: Call, status: str, transcript: Transcript) -> None:
    answer = await finish_call(exchange, call, status)
    if answer:
        transcript.begin(f"the call is {status}", answer)


async def _answer(exchange: Exchange, message: Message, form: dict[str, str], transcript: Transcript) -> None:
    """Ask for the app's answer, and do as it says; a redirect asks again."""
    wanted: Fetch | None = Fetch(url=exchange.options.public_origin + TEXT_PATH)
    fallback = exchange.options.fallback
    for _ in range(MOST_DOCUMENTS):
        if wanted is None:
            return
        try:
            root, url = await fetch_messaging(exchange, wanted, form, f"text {message.sid} comes in", transcript)
        except TwimlError as error:
            transcript.tell(f"nothing is answered: {error}")
            wanted, fallback = fallback and fallback.after(error.code, wanted.url), None
            continue
        answered = reply(root, url)
        for text in answered.texts:
            transcript.tell(_send(exchange, message, text))
        wanted = answered.redirect
    transcript.tell(f"a text may take {MOST_DOCUMENTS} documents here: is this one going in circles?")


def _send(exchange: Exchange, message: Message, text: Text) -> str:
    """Send one text of the answer: what came of it, as a sentence."""
    to, sender = normalise(text.to) or message.sender, text.sender or message.to
    if exchange.account.has_opted_out(to, sender):
        return f"{describe(text)} – not sent: 21610 {to} has opted out"
    sent = exchange.account.add_message(
        to=to,
        sender=sender,
        body=text.body,
        status="queued",
        direction="outbound-reply",
        media=tuple(Media(url) for url in text.media),
        status_callback=text.status_callback,
    )
    exchange.deliver(sent)
    return describe(text)
