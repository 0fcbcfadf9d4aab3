"""`conference`: connects callers in a conference, behind a pass code if there is one."""

from __future__ import annotations

import hashlib

from twilio.twiml.voice_response import Conference, Dial, Gather, Sms, VoiceResponse

from switchboard.addresses import Address, national_digits, same_number
from switchboard.twimlets.answer import Answer, document
from switchboard.twimlets.parameters import Parameters
from switchboard.twimlets.speaker import Speaker
from switchboard.twimlets.twimlet import FLAG, LANGUAGE, LIST, PROSE, TEXT, VOICE, Field, Twimlet

GENRES = ("classical", "ambient", "electronica", "guitars", "rock", "soft-rock")
SHORTEST_ENTRY = 3


def answer(parameters: Parameters) -> Answer:
    """Connects a caller who entered the pass code; asks every other caller for it."""
    password = parameters.text("Password")
    return (
        _enter(parameters) if not password or parameters.text("Digits") == password else _ask(parameters, len(password))
    )


def _ask(parameters: Parameters, length: int) -> Answer:
    response = VoiceResponse()
    speaker = Speaker.of(parameters)
    gather = Gather(num_digits=max(SHORTEST_ENTRY, length))
    speaker.say(gather, speaker.sentences.twimlet_enter_code)
    response.append(gather)
    response.redirect("")
    return document(response)


def _enter(parameters: Parameters) -> Answer:
    response = VoiceResponse()
    speaker = Speaker.of(parameters)
    moderators = parameters.items("Moderators")
    if parameters.flag("EnableSmsNotifications") and not _is_moderator(parameters, moderators):
        _notify(
            response, moderators, speaker.sentences.twimlet_entered.format(caller=speaker.caller_written(parameters))
        )
    speaker.present(response, parameters.sentence("Message") or speaker.sentences.twimlet_entering)
    dial = Dial()
    dial.append(_room(parameters, speaker, moderators))
    response.append(dial)
    return document(response)


def _notify(response: VoiceResponse, moderators: tuple[str, ...], text: str) -> None:
    """Texts each moderator who has a phone number."""
    for moderator in moderators:
        if number := Address.parse(moderator).number:
            response.append(Sms(text, to=_texted(number)))


def _texted(number: str) -> str:
    """Returns the digits, as the original does; the number of another country keeps its `+`, without which it has none.

    >>> _texted("(415) 555-1212"), _texted("+1 415 555 1212"), _texted("+351 211 234 567")
    ('4155551212', '4155551212', '+351211234567')
    """
    digits = national_digits(number)
    return f"+{digits}" if number.startswith("+") and not number.startswith("+1") else digits


def _room(parameters: Parameters, speaker: Speaker, moderators: tuple[str, ...]) -> Conference:
    """Returns the conference. With moderators listed, it starts when the first of them enters."""
    music = _music(parameters.text("Music"), speaker)
    return Conference(
        parameters.text("Name") or _default_name(parameters, moderators),
        wait_url=music or None,
        wait_method="GET" if music else None,
        start_conference_on_enter=_is_moderator(parameters, moderators) if moderators else None,
    )


def _music(wanted: str, speaker: Speaker) -> str:
    if wanted in GENRES:
        return speaker.step("holdmusic", ("Bucket", f"com.twilio.music.{wanted}"))
    return wanted if wanted.strip().lower().startswith("http") else ""


def _default_name(parameters: Parameters, moderators: tuple[str, ...]) -> str:
    """Returns the original's default, so that callers of the old URL and of this one join the same conference."""
    made_of = parameters.text("Message") + "".join(map(national_digits, moderators))
    return hashlib.md5(made_of.encode(), usedforsecurity=False).hexdigest()


def _is_moderator(parameters: Parameters, moderators: tuple[str, ...]) -> bool:
    parties = (parameters.caller, parameters.called)
    return any(same_number(party, moderator) for party in parties for moderator in moderators)


TWIMLET = Twimlet(
    name="conference",
    about="Connects callers in a conference, behind a pass code if there is one.",
    fields=(
        Field("Name", TEXT, "The conference's name.", "made of Message and Moderators"),
        Field("Password", TEXT, "The pass code.", "no pass code"),
        Field("Message", PROSE, "What a caller hears when entering.", "a sentence that says so"),
        Field("Moderators", LIST, "The numbers whose entering starts the conference.", "any caller"),
        Field("EnableSmsNotifications", FLAG, "Text the moderators when somebody else has entered.", "no"),
        Field("Music", TEXT, f"{', '.join(GENRES)}, or the web address of a sound.", "Twilio's own"),
        LANGUAGE,
        VOICE,
    ),
    answer=answer,
)
