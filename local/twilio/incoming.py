"""Texts and calls to the account's number, from the first webhook to the last."""

from __future__ import annotations

from dataclasses import dataclass

from local.twilio import parameters
from local.twilio.addresses import can_be_texted, normalise
from local.twilio.exchange import Exchange
from local.twilio.options import Pace, StandInOptions
from local.twilio.records import Call, Fetch, Media, Message
from local.twilio.status_callbacks import finish_call
from local.twilio.transcript import Transcript
from local.twilio.twiml.document import TwimlError
from local.twilio.twiml.messaging import reply
from local.twilio.twiml.sentences import describe
from local.twilio.twiml.verbs import Text
from local.twilio.twiml_requests import fetch_messaging
from local.twilio.users.scripted_user import ScriptedUser
from local.twilio.voice.call_leg import CallLeg, LiveCalls

VOICE_PATH = "/api/voice/incoming"
TEXT_PATH = "/api/sms/incoming"
MOST_DOCUMENTS = 20


@dataclass(frozen=True, kw_only=True)
class IncomingText:
    """A text to the account's number. `opt_out_type` is the OptOutType of Advanced Opt-Out, "" without it."""

    sender: str
    to: str
    body: str
    media: tuple[Media, ...] = ()
    opt_out_type: str = ""


@dataclass(frozen=True, kw_only=True)
class IncomingCall:
    """A call to the account's number, with the caller's script. `callee` is how all calls end that the app dials."""

    caller: str
    to: str
    press: tuple[str, ...] = ()
    say: tuple[str, ...] = ()
    callee: str = ""
    message_seconds: int = 3
    patience: int = 60
    agent_comes: bool = False

    def user(self, pace: Pace) -> ScriptedUser:
        """Make the caller."""
        return ScriptedUser(
            self.press,
            self.say,
            pace=pace,
            message_seconds=self.message_seconds,
            patience=self.patience,
            agent_comes=self.agent_comes,
        )


async def receive_call(exchange: Exchange, live_calls: LiveCalls, incoming: IncomingCall) -> tuple[Call, Transcript]:
    """Receive a scripted call, and return after its last status callback."""
    call = ringing_call(exchange, incoming.caller, incoming.to)
    with live_calls.leg(call, incoming.user(exchange.options.pace), callee=incoming.callee) as leg:
        status = await run_call(exchange, leg)
    await finish_incoming(exchange, leg, status)
    return call, leg.transcript


def ringing_call(exchange: Exchange, caller: str, to: str) -> Call:
    """Add a ringing call to the account."""
    call = exchange.account.add_call(to=to, sender=caller, direction="inbound", status="ringing")
    call.status_callback = exchange.options.number_status_callback
    call.fallback = _fallback(exchange.options)
    return call


async def run_call(exchange: Exchange, leg: CallLeg, first: Fetch | None = None) -> str | None:
    """Run an incoming call: its status at the end, None when the REST API ended it.

    `first` is its first document, None for that of the account's numbers.
    """
    exchange.say(f"call from {leg.call.sender} ringing {leg.call.sid}")
    instructions = first or Fetch(url=exchange.options.public_origin + VOICE_PATH)
    ended = await leg.unless_stopped(leg.run(instructions))
    return ended.status if ended else None


async def finish_incoming(exchange: Exchange, leg: CallLeg, status: str | None) -> None:
    """Send the last status callback of a call that the REST API did not end."""
    if status is None:
        leg.transcript.add("the REST API ends the call")
        return
    answer = await finish_call(exchange, leg.call, status)
    if answer:
        leg.transcript.begin(f"the call is {status}", answer)


async def receive_text(exchange: Exchange, incoming: IncomingText) -> tuple[Message, Transcript]:
    """Receive a text, and send the app's replies."""
    account = exchange.account
    keyword = account.apply_keyword(
        sender=incoming.sender, number=incoming.to, body=incoming.body, opt_out_type=incoming.opt_out_type
    )
    message = account.add_message(
        to=incoming.to,
        sender=incoming.sender,
        body=incoming.body,
        status="received",
        direction="inbound",
        media=incoming.media,
    )
    exchange.say(f'text from {message.sender}: "{message.body}" {message.sid}')
    transcript = Transcript()
    form = parameters.of_incoming_text(message, account.sid, incoming.opt_out_type)
    await _reply(exchange, message, form, transcript)
    if keyword:
        transcript.add(f"Twilio records the {keyword}, and answers it itself")
    return message, transcript


async def _reply(exchange: Exchange, message: Message, form: dict[str, str], transcript: Transcript) -> None:
    """Request the app's TwiML and send its texts; a redirect requests the next document."""
    fetch: Fetch | None = Fetch(url=exchange.options.public_origin + TEXT_PATH)
    fallback = _fallback(exchange.options)
    for _ in range(MOST_DOCUMENTS):
        if fetch is None:
            return
        try:
            root, url = await fetch_messaging(exchange, fetch, form, f"text {message.sid} comes in", transcript)
        except TwimlError as error:
            transcript.add(f"nothing is answered: {error}")
            fetch, fallback = fallback and fallback.after(error.code, fetch.url), None
            continue
        document = reply(root, url)
        if not document.texts and document.redirect is None:
            transcript.add("sends no text")
        for text in document.texts:
            transcript.add(_send(exchange, message, text))
        fetch = document.redirect
    transcript.add(f"a text may take {MOST_DOCUMENTS} documents here: is this one going in circles?")


def _send(exchange: Exchange, message: Message, text: Text) -> str:
    """Send one text of the reply, and return a sentence with the result."""
    to, sender = normalise(text.to) or message.sender, text.sender or message.to
    if not can_be_texted(to):
        return f"{describe(text)} – not sent: 21211 {to} is no number that can be texted"
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


def _fallback(options: StandInOptions) -> Fetch | None:
    """The number's fallback URL, for a document that fails."""
    return Fetch(url=options.fallback_url) if options.fallback_url else None
