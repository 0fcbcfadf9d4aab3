"""The default call flow: a call at one of its steps -> TwiML. Edit it to make it yours.

    incoming ─► menu ─ 1 ─► operator ─ not answered ─► voicemail
                     ├ 2 ─► queue ─ hold: position, music ─ nobody free ─► voicemail
                     ├ 3 ─► voicemail
                     ├ 4 ─► the link, as a text
                     ├ * ─► the menu again
                     └ no valid choice, three times ─► goodbye

Pure functions without network and storage: a caller on the line must hear TwiML whatever else is down. URLs are
relative to the step's own, so they work behind any host and prefix. The state of a call travels in its URLs, which
Twilio signs.
"""

from __future__ import annotations

import re

import msgspec
from twilio.twiml import TwiML
from twilio.twiml.voice_response import Gather, Say, VoiceResponse

from switchboard import prompts
from switchboard.addresses import Address, dial_caller_id, is_dialable, is_listed, same_number
from switchboard.prompts import LINK, Prompts
from switchboard.settings import Settings
from switchboard.webhooks import IncomingCall

MOST_TRIES = 3
QUEUE = "support"
RING_SECONDS = 20
MOST_WAIT_SECONDS = 600
MOST_MESSAGE_SECONDS = 180
MUSIC = "http://com.twilio.music.soft-rock.s3.amazonaws.com/_ghost_-_promo_2_sample_pack.mp3"


class CallFlow(msgspec.Struct, frozen=True, kw_only=True):
    """The configuration of the flow: sentences, voice, the operator's number, and callers to reject.

    `recording_callback` is the absolute URL of each recording's status callback.
    """

    prompts: Prompts
    voice: str = ""
    operator: str = ""
    blocked: frozenset[str] = frozenset()
    recording_callback: str = ""

    @classmethod
    def from_settings(cls, settings: Settings, recording_callback: str) -> CallFlow:
        """Returns the flow of the settings."""
        return cls(
            prompts=prompts.find(settings.voice_language) or prompts.ENGLISH,
            voice=settings.voice_name,
            operator=settings.operator_number,
            blocked=settings.blocked_callers,
            recording_callback=recording_callback,
        )


def incoming(call: IncomingCall, flow: CallFlow) -> str:
    """Greets a caller, or rejects a blocked one before the call is answered, so that it costs nothing."""
    response = VoiceResponse()
    if is_listed(call.caller, flow.blocked):
        response.reject(reason="rejected")
        return str(response)
    # The first second of a call is often cut off while audio is set up.
    response.pause(length=1)
    _say(response, flow, flow.prompts.welcome)
    _offer_menu(response, flow, tries=1)
    return str(response)


def menu(call: IncomingCall, flow: CallFlow) -> str:
    """Runs the choice that the caller made by key or word; offers the menu again otherwise, three times in all."""
    response = VoiceResponse()
    choice = call.digits or _spoken_choice(call.speech, flow.prompts)
    chosen = CHOICES.get(choice)
    if chosen:
        chosen(response, call, flow)
        return str(response)
    if call.tries >= MOST_TRIES:
        _say(response, flow, flow.prompts.goodbye)
        response.hangup()
        return str(response)
    _say(response, flow, flow.prompts.not_understood)
    _offer_menu(response, flow, call.tries + 1)
    return str(response)


def dialed(call: IncomingCall, flow: CallFlow) -> str:
    """After dialling the operator, or leaving the queue: ends the call if they talked, else offers the voicemail."""
    response = VoiceResponse()
    if call.dial_status in ("completed", "answered") or call.queue_result in (
        "bridged",
        "hangup",
        "redirected",
    ):
        response.hangup()
        return str(response)
    _say(response, flow, flow.prompts.nobody_free if call.queue_result else flow.prompts.nobody_answered)
    _record(response, call, flow)
    return str(response)


def recorded(call: IncomingCall, flow: CallFlow) -> str:
    """After a recorded message: says thanks. Twilio reports the recording itself to `status/recording`."""
    response = VoiceResponse()
    _say(response, flow, flow.prompts.message_received)
    response.hangup()
    return str(response)


def hold(call: IncomingCall, flow: CallFlow) -> str:
    """Plays a waiting caller their position and music, until an agent dials the queue.

    Twilio requests this again when the music ends. After ten minutes the caller leaves the queue for the voicemail.
    """
    response = VoiceResponse()
    if call.queue_seconds >= MOST_WAIT_SECONDS:
        response.leave()
        return str(response)
    if call.queue_position:
        _say(response, flow, flow.prompts.queue_position.format(position=call.queue_position))
    response.play(MUSIC)
    return str(response)


def agent(call: IncomingCall, flow: CallFlow) -> str:
    """Connects an agent to the caller who has waited longest; rejects everybody else.

    Agents are the operator's number, on either side of the call, and client addresses.
    """
    response = VoiceResponse()
    if not _is_agent(call, flow):
        response.reject(reason="rejected")
        return str(response)
    _say(response, flow, flow.prompts.agent_connecting)
    response.dial(timeout=RING_SECONDS, caller_id=dial_caller_id(call.caller, call.called)).queue(QUEUE)
    _say(response, flow, flow.prompts.agent_done)
    response.hangup()
    return str(response)


def failure(flow: CallFlow) -> str:
    """Apologizes, in the caller's language, for an error of ours."""
    response = VoiceResponse()
    _say(response, flow, flow.prompts.failure)
    response.hangup()
    return str(response)


def _say(parent: TwiML, flow: CallFlow, text: str) -> None:
    parent.append(Say(text, language=flow.prompts.tag, voice=flow.voice or None))


def _offer_menu(response: VoiceResponse, flow: CallFlow, tries: int) -> None:
    """Asks for a key or a word, for the `tries`th time. No input and a wrong key lead to the same step."""
    url = f"menu?tries={tries}"
    gather = Gather(
        input="dtmf speech",
        action=url,
        method="POST",
        num_digits=1,
        timeout=5,
        speech_timeout="auto",
        language=flow.prompts.tag,
        hints=", ".join(flow.prompts.speech),
    )
    _say(gather, flow, flow.prompts.menu)
    response.append(gather)
    response.redirect(url, method="POST")


def _spoken_choice(speech: str, sentences: Prompts) -> str:
    """Returns the key that the first known word selects, "" when there is none."""
    words = re.findall(r"\w+", speech.lower())
    return next((sentences.speech[word] for word in words if word in sentences.speech), "")


def _dial_operator(response: VoiceResponse, call: IncomingCall, flow: CallFlow) -> None:
    if not flow.operator:
        _say(response, flow, flow.prompts.nobody_answered)
        _record(response, call, flow)
        return
    _say(response, flow, flow.prompts.connecting)
    dial = response.dial(
        action="dialed",
        method="POST",
        timeout=RING_SECONDS,
        answer_on_bridge=True,
        caller_id=dial_caller_id(call.caller, call.called),
    )
    dial.number(flow.operator)


def _enqueue(response: VoiceResponse, call: IncomingCall, flow: CallFlow) -> None:
    _say(response, flow, flow.prompts.joining_queue)
    response.enqueue(QUEUE, action="dialed", method="POST", wait_url="hold", wait_url_method="POST")


def _record(response: VoiceResponse, call: IncomingCall, flow: CallFlow) -> None:
    _say(response, flow, flow.prompts.leave_a_message)
    response.record(
        action="recorded",
        method="POST",
        max_length=MOST_MESSAGE_SECONDS,
        finish_on_key="#",
        play_beep=True,
        recording_status_callback=flow.recording_callback,
        recording_status_callback_method="POST",
        recording_status_callback_event="completed absent",
    )
    _say(response, flow, flow.prompts.no_message)
    response.hangup()


def _text_link(response: VoiceResponse, call: IncomingCall, flow: CallFlow) -> None:
    """Texts the link, if both sides of the call have a phone number; says that it is not possible otherwise."""
    if is_dialable(call.caller) and is_dialable(call.called):
        response.sms(flow.prompts.link_text.format(link=LINK))
        _say(response, flow, flow.prompts.link_sent)
    else:
        _say(response, flow, flow.prompts.cannot_be_texted)
    response.hangup()


def _repeat(response: VoiceResponse, call: IncomingCall, flow: CallFlow) -> None:
    response.redirect("incoming", method="POST")


CHOICES = {"1": _dial_operator, "2": _enqueue, "3": _record, "4": _text_link, "*": _repeat}


def _is_agent(call: IncomingCall, flow: CallFlow) -> bool:
    if Address.parse(call.caller).scheme == "client":
        return True
    return bool(flow.operator) and (same_number(call.caller, flow.operator) or same_number(call.called, flow.operator))
