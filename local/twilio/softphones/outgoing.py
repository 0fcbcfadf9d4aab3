"""Calls that a softphone makes: the TwiML app's webhook says what becomes of them."""

from __future__ import annotations

from local.twilio.exchange import Exchange
from local.twilio.incoming import finish_incoming, ringing_call, run_call
from local.twilio.records import Fetch
from local.twilio.softphones.audio import AudioError
from local.twilio.softphones.devices import Device
from local.twilio.softphones.invitation import Invitation
from local.twilio.softphones.registry import CLIENT, Softphones
from local.twilio.softphones.tokens import Token
from local.twilio.status_callbacks import finish_call
from local.twilio.voice.call_leg import LiveCalls

VOICE_PATH = "/api/client/voice"


class OutgoingCalls:
    """Runs the calls of all softphones."""

    def __init__(self, exchange: Exchange, live_calls: LiveCalls, softphones: Softphones) -> None:
        self._exchange = exchange
        self._live_calls = live_calls
        self._softphones = softphones

    async def run(self, device: Device, token: Token, invitation: Invitation) -> None:
        """Run a call from its invitation to its last status callback."""
        exchange = self._exchange
        call = ringing_call(exchange, CLIENT + token.identity, invitation.parameters.get("To", ""))
        user = self._softphones.begin_outgoing(call, device, invitation.call)
        device.send("ringing", {"callsid": call.sid})
        try:
            await user.begin(device, invitation.sdp)
        except AudioError as error:
            user.fail(str(error))
            await finish_call(exchange, call, "failed")
            return
        first = Fetch(url=self._voice_url(), parameters=invitation.form(token.application))
        with self._live_calls.leg(call, user) as leg:
            status = await run_call(exchange, leg, first)
        await finish_incoming(exchange, leg, status)

    def _voice_url(self) -> str:
        """Return the voice URL of the account's TwiML app."""
        return self._exchange.options.public_origin + VOICE_PATH
