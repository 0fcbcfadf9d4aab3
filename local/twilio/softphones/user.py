"""A person at a softphone, for the length of one call. Their actions come from the signalling."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import quote

from local.twilio.options import Pace
from local.twilio.records import Call
from local.twilio.softphones.audio import Audio, AudioError
from local.twilio.softphones.devices import Device
from local.twilio.twiml.verbs import Play, Prompt, Record, Say
from local.twilio.users.browser_user import BrowserUser
from local.twilio.users.call_screen import CallScreen
from local.twilio.users.handset_user import HungUp, SpokenMessage

NO_SOUND = 53405
UNAVAILABLE = 31480
# The SDK's error for the caller, by the call's status.
ERRORS = {
    "busy": (31486, "busy"),
    "no-answer": (UNAVAILABLE, "nobody answers"),
    "failed": (31005, "the call failed: the stand-in's terminal says why"),
}


class SoftphoneUser(BrowserUser):
    """A user at one of `devices`: all of them ring, and the first to answer has the call.

    An outgoing call has its device from the start. `reconnect` is the token by which a device that lost its
    connection takes the call again.
    """

    def __init__(
        self,
        call: Call,
        screen: CallScreen,
        pace: Pace,
        audio: Audio,
        *,
        devices: Sequence[Device],
        account_sid: str,
        say: Callable[[str], None],
    ) -> None:
        super().__init__(call, screen, pace, end=call.sid)
        self.devices = list(devices)
        self.device: Device | None = None
        self.reconnect = secrets.token_urlsafe(24)
        self._audio = audio
        self._account_sid = account_sid
        self._say = say
        self._all_gone = False
        self._answer = ""
        self._error: tuple[int, str] | None = None
        self._last_key = ""

    @property
    def sid(self) -> str:
        """The call's SID."""
        return self.call.sid

    async def begin(self, device: Device, sdp: str) -> None:
        """Begin an outgoing call with the offer of its device. Raises AudioError."""
        self.device = device
        self._answer = await self._audio.answer(self.sid, sdp)

    async def ring(self, seconds: float) -> str:
        """Ring at the devices that are in no call: `answers`, `busy`, `no-answer`, or `failed` without sound."""
        self.devices = [device for device in self.devices if not device.calls]
        if not self.devices:
            return "busy"
        try:
            offer = await self._audio.offer(self.sid)
        except AudioError as error:
            return self._without_sound(error)
        for device in self.devices:
            device.send("invite", self._invitation(offer))
        try:
            outcome = await super().ring(seconds)
        finally:
            self._stop_ringing()
        return "no-answer" if self._all_gone else outcome

    async def take(self, device: Device, sdp: str) -> None:
        """Take the answer of a device; a device that answers later than another is hung up."""
        if device not in self.devices or self.device:
            device.send("hangup", {"callsid": self.sid})
            return
        self.device = device
        device.calls[self.sid] = self
        try:
            await self._audio.accept(self.sid, sdp)
        except AudioError as error:
            self.fail(str(error))
        self.answer()

    def leave(self, device: Device) -> None:
        """Ring no more at a device that has gone; without another one nobody can answer."""
        if device in self.devices and not self.device:
            self.devices.remove(device)
            if not self.devices:
                self._all_gone = True
                self.decline()

    async def restart(self, sdp: str) -> str:
        """Return the answer to a device's offer that restarts ICE. Raises AudioError."""
        return await self._audio.answer(self.sid, sdp)

    def attach(self, device: Device) -> None:
        """Continue the call at a device that came back."""
        self.device = device
        device.calls[self.sid] = self
        device.send("answer", {"callsid": self.sid, "reconnect": self.reconnect})

    def fail(self, reason: str) -> None:
        """End the call with an error that the person sees."""
        self._error = (NO_SOUND, reason)
        self._report(reason)
        self.hang_up()

    def answered(self) -> None:
        """Tell the device of an outgoing call that it is answered."""
        if self.device and self._answer:
            answer = {"callsid": self.sid, "sdp": self._answer, "reconnect": self.reconnect}
            self.device.send("answer", answer)
            self._answer = ""

    def ended(self) -> None:
        """Hang up at the device, and close the call's sound."""
        self._audio.close(self.sid)
        if self.device is None:
            return
        error = self._error or (ERRORS.get(self.call.status) if self.call.started is None else None)
        payload: dict[str, object] = {"callsid": self.sid}
        if error:
            payload["error"] = {"code": error[0], "message": error[1]}
        self.device.send("hangup", payload)
        self.device.forget(self)

    def press(self, key: str) -> None:
        """Press a key, which may also end a message."""
        self._last_key = key
        super().press(key)

    def join(self, partners: Sequence[BrowserUser], *, connected: bool) -> None:
        """Connect the sound to these users, and to no other."""
        before, now = {each.end for each in self.partners}, {each.end for each in partners}
        for end in before - now:
            self._audio.disconnect(self.end, end)
        for end in now - before:
            self._audio.connect(self.end, end)
        super().join(partners, connected=connected)

    async def listen(self, call: Call, prompt: Prompt) -> bool:
        """Hear a tone instead of words, and a soft pattern instead of a sound file."""
        if isinstance(prompt, Say | Play):
            self._audio.play(self.sid, "music" if isinstance(prompt, Play) else "say")
        try:
            return await super().listen(call, prompt)
        finally:
            self._audio.quiet(self.sid)

    async def speak(self, call: Call, verb: Record) -> SpokenMessage:
        """Speak until a key, a hang-up or the longest time. The length is kept, not the sound."""
        begun, self._last_key, ended_by = time.monotonic(), "", ""
        try:
            if await self._until(lambda: self._ends(verb), verb.most_seconds, self._pace.waiting):
                ended_by = self._last_key
        except HungUp:
            ended_by = "hangup"
        seconds = min(round((time.monotonic() - begun) / self._pace.waiting), verb.most_seconds)
        return SpokenMessage(seconds=max(seconds, 1), ended_by=ended_by)

    def _ends(self, verb: Record) -> bool:
        return bool(self._last_key) and self._last_key in verb.finish_on_key

    def _invitation(self, offer: str) -> dict[str, object]:
        call = self.call
        parameters = {
            "CallSid": call.sid,
            "AccountSid": self._account_sid,
            "From": call.sender,
            "To": call.to.partition("?")[0],
        }
        if call.client_parameters:
            parameters["Params"] = _query(call.client_parameters)
        return {"callsid": call.sid, "sdp": offer, "reconnect": self.reconnect, "parameters": parameters}

    def _without_sound(self, error: AudioError) -> str:
        self._report(str(error))
        for device in self.devices:
            device.refuse(NO_SOUND, f"a call from {self.call.sender} cannot ring here: {error}")
        return "failed"

    def _report(self, reason: str) -> None:
        self.show_event(reason)
        self._say(f"! call {self.sid[:8]} {reason}")

    def _stop_ringing(self) -> None:
        for device in self.devices:
            if device is not self.device:
                device.send("cancel", {"callsid": self.sid})


def _query(parameters: Mapping[str, str]) -> str:
    return "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in parameters.items())
