"""`holdmusic`: plays the sounds of a public S3 bucket in random order, in an endless loop."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from functools import partial
from typing import Protocol
from urllib.parse import quote

from twilio.twiml.voice_response import VoiceResponse

from switchboard.twimlets.answer import Answer, FromBucket, document
from switchboard.twimlets.parameters import Parameters
from switchboard.twimlets.speaker import Speaker
from switchboard.twimlets.twimlet import LANGUAGE, PROSE, TEXT, VOICE, Field, Twimlet

BUCKET = r"[a-z0-9.-]{3,63}"
PLAYABLE = (".mp3", ".wav", ".ul")
# Twilio accepts a document of at most 64 KiB; the next round selects other sounds.
MOST_SOUNDS = 30


class HoldMusic(Protocol):
    """Lists buckets."""

    async def keys(self, bucket: str) -> Sequence[str]:
        """Returns the keys of a public bucket; none when it cannot be listed. Never raises."""


def answer(parameters: Parameters) -> Answer | FromBucket:
    """Requests the keys of the bucket; a name that no bucket can have is refused without a request."""
    bucket = parameters.text("Bucket").strip(" ")
    speaker = Speaker.of(parameters)
    if not bucket:
        return _say(speaker, speaker.sentences.twimlet_no_bucket)
    if not re.fullmatch(BUCKET, bucket):
        parameters.refuse("Bucket", "not the name of an S3 bucket")
        return _say(speaker, speaker.sentences.twimlet_no_music)
    return FromBucket(bucket, partial(_play, parameters, speaker, bucket))


def _play(parameters: Parameters, speaker: Speaker, bucket: str, keys: Sequence[str]) -> Answer:
    sounds = [key for key in keys if key.lower().endswith(PLAYABLE)]
    if not sounds:
        return _say(speaker, speaker.sentences.twimlet_no_music)
    response = VoiceResponse()
    for key in random.sample(sounds, min(len(sounds), MOST_SOUNDS)):
        response.play(f"http://{bucket}.s3.amazonaws.com/{quote(key)}")
        speaker.present(response, parameters.text("Message"))
    response.redirect("")
    return document(response)


def _say(speaker: Speaker, sentence: str) -> Answer:
    response = VoiceResponse()
    speaker.say(response, sentence)
    return document(response)


TWIMLET = Twimlet(
    name="holdmusic",
    about="Plays the sounds of a public S3 bucket in random order, in an endless loop.",
    fields=(
        Field("Bucket", TEXT, "The bucket's name, as com.twilio.music.classical."),
        Field("Message", PROSE, "What is spoken or played after each sound."),
        LANGUAGE,
        VOICE,
    ),
    answer=answer,
)
