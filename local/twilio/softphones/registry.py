"""The softphones: which devices are registered under an identity, and their calls."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Iterator
from urllib.parse import parse_qsl

from local.twilio.exchange import Exchange
from local.twilio.records import Call
from local.twilio.softphones.audio import Audio
from local.twilio.softphones.devices import Device
from local.twilio.softphones.user import SoftphoneUser
from local.twilio.users.call_screen import CallScreen

CLIENT = "client:"


class Softphones:
    """The connected devices and their calls. As a display it gets each answer and end of a call."""

    def __init__(self, audio: Audio) -> None:
        self.devices: list[Device] = []
        self._audio = audio
        self._calls: dict[str, SoftphoneUser] = {}
        self._screens: dict[str, CallScreen] = {}
        self._exchange: Exchange | None = None
        audio.on_lost = self._lose_sound

    def use(self, exchange: Exchange) -> None:
        """Use these services: the exchange itself needs its displays first."""
        self._exchange = exchange

    def show(self) -> None:
        """Show the softphones on every phone page: who is ready, and each one's last call."""
        self._audio.show(self.to_json())

    def to_json(self) -> list[dict[str, object]]:
        """Return the JSON for the phone page."""
        ready = [device.identity for device in self.devices if device.registered]
        return [
            {
                "identity": identity,
                "devices": ready.count(identity),
                "call": screen.to_json() if (screen := self._screens.get(identity)) else None,
            }
            for identity in dict.fromkeys([*self._screens, *ready])
        ]

    def registered(self, identity: str) -> list[Device]:
        """Return the devices that are registered under an identity."""
        return [device for device in self.devices if device.registered and device.identity == identity]

    def find(self, call: Call) -> SoftphoneUser | None:
        """Return the user at the devices that a call to `client:identity?name=value` rings; None without a device."""
        identity, _, query = call.to.removeprefix(CLIENT).partition("?")
        devices = self.registered(identity)
        if not devices:
            return None
        call.client_parameters = {**dict(parse_qsl(query, keep_blank_values=True)), **call.client_parameters}
        return self._begin(call, devices, identity, call.sender, "ringing")

    def begin_outgoing(self, call: Call, device: Device, temporary: str) -> SoftphoneUser:
        """Return the user of a call that a device makes, which names it `temporary` until it knows the SID."""
        user = self._begin(call, [device], device.identity, call.to, "calling")
        device.calls |= {call.sid: user, temporary: user}
        return user

    def call(self, sid: str) -> SoftphoneUser | None:
        """Return the user of a call."""
        return self._calls.get(sid)

    def to_reconnect(self, token: str, identity: str) -> SoftphoneUser | None:
        """Return the user whose call a device of that identity takes again by its reconnect token."""
        for user in self._calls.values():
            known = user.device is not None and user.device.identity == identity
            if known and hmac.compare_digest(user.reconnect.encode(), token.encode()):
                return user
        return None

    def answered(self, call: Call) -> None:
        """Tell the device of an outgoing call that it is answered."""
        if user := self._calls.get(call.sid):
            user.screen.answer()
            user.answered()

    def ended(self, call: Call) -> None:
        """End a call at its devices."""
        if user := self._calls.pop(call.sid, None):
            user.screen.end(call.status)
            user.ended()

    def remove(self, device: Device) -> None:
        """Remove a device whose connection is closed. Its calls wait for it to come back."""
        self.devices.remove(device)
        self.show()
        for user in list(self._calls.values()):
            user.leave(device)
            if user.device is device:
                self._services.work.start(self._end_unless_back(user, device))

    async def _end_unless_back(self, user: SoftphoneUser, device: Device) -> None:
        await asyncio.sleep(self._services.options.pace.reconnect)
        if user.device is device:
            user.hang_up()

    def _lose_sound(self, sid: str, reason: str) -> None:
        """End a call, "" for all, that has lost its sound."""
        for user in list(self._of(sid)):
            user.fail(reason)

    def _of(self, sid: str) -> Iterator[SoftphoneUser]:
        return (user for user in self._calls.values() if sid in ("", user.sid))

    def _begin(self, call: Call, devices: list[Device], identity: str, other: str, state: str) -> SoftphoneUser:
        services = self._services
        options = services.options
        screen = self._screens[identity] = CallScreen(call.sid, other, state, options.clock, self.show)
        user = SoftphoneUser(
            call,
            screen,
            options.pace,
            self._audio,
            devices=devices,
            account_sid=options.account_sid,
            say=services.say,
        )
        self._calls[call.sid] = user
        self.show()
        return user

    @property
    def _services(self) -> Exchange:
        assert self._exchange is not None, "the stand-in gives its exchange before it listens"
        return self._exchange
