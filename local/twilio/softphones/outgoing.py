"""Calls that a softphone makes: the TwiML app's webhook says what becomes of them."""

from __future__ import annotations

from local.twilio.configuration import Fields
from local.twilio.exchange import Exchange
from local.twilio.incoming import finish_incoming, ringing_call, run_call
from local.twilio.records import Call, Fetch
from local.twilio.softphones.audio import AudioError
from local.twilio.softphones.devices import Device
from local.twilio.softphones.invitation import Invitation
from local.twilio.softphones.registry import CLIENT, Softphones
from local.twilio.softphones.tokens import Token
from local.twilio.softphones.user import SoftphoneUser
from local.twilio.status_callbacks import finish_call
from local.twilio.voice.call_leg import LiveCalls

DECLINED = 31002


class OutgoingCalls:
    """Runs the calls of all softphones."""

    def __init__(self, exchange: Exchange, live_calls: LiveCalls, softphones: Softphones) -> None:
        self._exchange = exchange
        self._live_calls = live_calls
        self._softphones = softphones

    async def run(self, device: Device, token: Token, invitation: Invitation) -> None:
        """Run a call from its invitation to its last status callback."""
        application = self._exchange.configuration.applications.get(token.application)
        if application is None or not application["VoiceUrl"]:
            reason = f"the account has no TwiML app {token.application} with a VoiceUrl"
            self._exchange.say(f"! softphone {token.identity}: {reason}")
            device.send("hangup", {"callsid": invitation.call, "error": {"code": DECLINED, "message": reason}})
            return
        call = self._call(token, invitation, application)
        user = self._softphones.begin_outgoing(call, device, invitation.call)
        device.send("ringing", {"callsid": call.sid})
        try:
            await user.begin(device, invitation.sdp)
        except AudioError as error:
            user.fail(str(error))
            await finish_call(self._exchange, call, "failed")
            return
        await self._run(call, user, _first(token, invitation, application))

    async def _run(self, call: Call, user: SoftphoneUser, first: Fetch) -> None:
        with self._live_calls.leg(call, user) as leg:
            status = await run_call(self._exchange, leg, first)
        await finish_incoming(self._exchange, leg, status)

    def _call(self, token: Token, invitation: Invitation, application: Fields) -> Call:
        """Add the call, with the TwiML app's own callbacks."""
        call = ringing_call(self._exchange, CLIENT + token.identity, invitation.parameters.get("To", ""))
        fallback = str(application["VoiceFallbackUrl"])
        call.fallback = Fetch(url=fallback, method=str(application["VoiceFallbackMethod"])) if fallback else None
        call.status_callback = str(application["StatusCallback"])
        call.status_callback_method = str(application["StatusCallbackMethod"])
        return call


def _first(token: Token, invitation: Invitation, application: Fields) -> Fetch:
    """Return the request of the first document, with what the page sent."""
    url, method = str(application["VoiceUrl"]), str(application["VoiceMethod"])
    return Fetch(url=url, method=method, parameters=invitation.form(token.application))
