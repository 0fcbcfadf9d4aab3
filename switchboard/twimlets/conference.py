"""`conference`: brings callers together in a room, behind a pass code if there is one."""

from __future__ import annotations

import hashlib

from twilio.twiml.voice_response import Conference, Dial, Gather, Sms, VoiceResponse

from switchboard.twimlets.answer import Answer, document
from switchboard.twimlets.numbers import same_number
from switchboard.twimlets.parameters import Parameters
from switchboard.twimlets.speaker import Speaker
from switchboard.twimlets.twimlet import FLAG, LANGUAGE, LIST, PROSE, TEXT, VOICE, Field, Twimlet

GENRES = ("classical", "ambient", "electronica", "guitars", "rock", "soft-rock")
SHORTEST_ENTRY = 3


def answer(asked: Parameters) -> Answer:
    """Let the caller in who knows the pass code; ask everybody else for it."""
    password = asked.text("Password")
    return _enter(asked) if not password or asked.text("Digits") == password else _ask(asked, len(password))


def _ask(asked: Parameters, length: int) -> Answer:
    response = VoiceResponse()
    speaker = Speaker.of(asked)
    gather = Gather(num_digits=max(SHORTEST_ENTRY, length))
    speaker.say(gather, speaker.sentences.twimlet_enter_code)
    response.append(gather)
    response.redirect("")
    return document(response)


def _enter(asked: Parameters) -> Answer:
    response = VoiceResponse()
    speaker = Speaker.of(asked)
    moderators = asked.items("Moderators")
    if asked.flag("EnableSmsNotifications"):
        text = speaker.sentences.twimlet_entered.format(caller=asked.text("Caller") or asked.text("From"))
        for moderator in moderators:
            response.append(Sms(text, to=moderator))
    speaker.present(response, asked.text("Message") or speaker.sentences.twimlet_entering)
    dial = Dial()
    dial.append(_room(asked, speaker, moderators))
    response.append(dial)
    return document(response)


def _room(asked: Parameters, speaker: Speaker, moderators: tuple[str, ...]) -> Conference:
    """With moderators in the list, the conference starts when the first of them enters."""
    music = _music(asked.text("Music"), speaker)
    return Conference(
        asked.text("Name") or _default_name(asked, moderators),
        wait_url=music or None,
        wait_method="GET" if music else None,
        start_conference_on_enter=_is_moderator(asked, moderators) if moderators else None,
    )


def _music(wanted: str, speaker: Speaker) -> str:
    if wanted in GENRES:
        return speaker.step("holdmusic", ("Bucket", f"com.twilio.music.{wanted}"))
    return wanted if wanted.strip().lower().startswith("http") else ""


def _default_name(asked: Parameters, moderators: tuple[str, ...]) -> str:
    """The original's own, so that callers by the old URL and by the new one would meet."""
    return hashlib.md5((asked.text("Message") + "".join(moderators)).encode(), usedforsecurity=False).hexdigest()


def _is_moderator(asked: Parameters, moderators: tuple[str, ...]) -> bool:
    parties = [party for party in (asked.text("From"), asked.text("To")) if party]
    return any(same_number(party, moderator) for party in parties for moderator in moderators)


TWIMLET = Twimlet(
    name="conference",
    about="Brings callers together in a room, behind a pass code if there is one.",
    fields=(
        Field("Name", TEXT, "The room's name.", "made of Message and Moderators"),
        Field("Password", TEXT, "The keys that let a caller in.", "everybody is let in"),
        Field("Message", PROSE, "What a caller hears on entering.", "a sentence that says so"),
        Field("Moderators", LIST, "Whose entering starts the conference.", "anybody's"),
        Field("EnableSmsNotifications", FLAG, "Text each moderator that a caller has entered.", "no"),
        Field("Music", TEXT, f"{', '.join(GENRES)}, or the web address of a sound.", "Twilio's own"),
        LANGUAGE,
        VOICE,
    ),
    answer=answer,
)
