"""The softphone's sounds, computed from sine waves: ringing, dialling, the end of a call, and the twelve keys.

The SDK fetches its own from Twilio's host unless the page gives it others; these have no licence to keep.
"""

from __future__ import annotations

import functools
import io
import math
import wave
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

RATE = 8000
_LOUDNESS = 0.3
_FADE_SECONDS = 0.012

_ROWS = (697, 770, 852, 941)
_COLUMNS = (1209, 1336, 1477)
_KEYS = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "s", "0", "h")  # row by row; the SDK names * and # s and h


@dataclass(frozen=True)
class Tone:
    """Frequencies that sound together, in hertz, for a time; none is silence."""

    frequencies: tuple[float, ...]
    seconds: float


def _key_tones() -> dict[str, tuple[Tone, ...]]:
    """Returns the two frequencies of each key, as ITU-T Q.23 has them."""
    return {f"dtmf{key}.wav": (Tone((_ROWS[i // 3], _COLUMNS[i % 3]), 0.14),) for i, key in enumerate(_KEYS)}


_SOUNDS: Mapping[str, tuple[Tone, ...]] = {
    # It repeats until the call is answered: two short rings, then a pause.
    "incoming.wav": (Tone((523, 659), 0.4), Tone((), 0.15), Tone((523, 659), 0.4), Tone((), 1.55)),
    "outgoing.wav": (Tone((392,), 0.12), Tone((523,), 0.16)),
    "disconnect.wav": (Tone((523,), 0.12), Tone((392,), 0.16)),
    **_key_tones(),
}
NAMES = frozenset(_SOUNDS)


@functools.cache
def wav(name: str) -> bytes:
    """Returns a sound of NAMES as a WAV file: one channel, 8-bit, 8,000 samples a second."""
    samples = bytes(sample for tone in _SOUNDS[name] for sample in _samples(tone))
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(1)
        out.setframerate(RATE)
        out.writeframes(samples)
    return file.getvalue()


def _samples(tone: Tone) -> Iterable[int]:
    """Yields the samples, unsigned; the ends fade, because a tone that begins at once clicks."""
    count = round(tone.seconds * RATE)
    for at in range(count):
        fade = min(1.0, min(at, count - at) / (_FADE_SECONDS * RATE))
        level = sum(math.sin(2 * math.pi * frequency * at / RATE) for frequency in tone.frequencies)
        yield 128 + round(127 * _LOUDNESS * fade * level / max(1, len(tone.frequencies)))
