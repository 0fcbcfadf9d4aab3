"""Every sentence that is spoken or texted, by language: one module each.

A language is found by its BCP 47 tag (`en`, `en-GB`, `pt`, `pt-BR`): the part before the hyphen chooses the
sentences, the whole tag the voice that speaks them. A language's module is imported when it is first needed.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib import import_module

import msgspec

LANGUAGES = ("de", "en", "es", "fr", "pt")


class Prompts(msgspec.Struct, frozen=True, kw_only=True):
    """The sentences of one language. `{…}` in a sentence is filled in when it is said.

    The fields of type str can be replaced in numbers.toml, `[sentences.xx]`. Numbers in sentences are numerals: the
    voice that the tag chooses reads them in its language. `spoken.py` says phone numbers, keys and times with the
    sentences of the second half.
    """

    tag: str

    # Menus
    option: str
    option_back: str
    option_repeat: str
    not_understood: str
    goodbye: str

    # Ringing, voicemail, texts
    connecting: str
    still_connecting: str
    nobody_answered: str
    leave_a_message: str
    no_message: str
    message_received: str
    text_sent: str
    text_not_sent: str

    # Queues
    joining_queue: str
    queue_position: str
    queue_next: str
    queue_full: str
    nobody_free: str
    alert_text: str

    # Opening hours
    closed: str
    opens_again: str

    # A number that numbers.toml does not have, faults, and HELP where Twilio does not answer it
    unknown_number: str
    failure: str
    text_failure: str
    help_text: str

    # Agents: screening, and the menu when they call in
    screen: str
    screen_not_accepted: str
    anonymous_caller: str
    agent_pin: str
    agent_wrong_pin: str
    agent_next_caller: str
    agent_queue: str
    agent_public_menu: str
    agent_connecting: str
    agent_nobody_waiting: str
    agent_done: str

    # What an agent hears who calls from a browser
    client_refused: str
    client_write_country: str
    client_destination_refused: str
    client_no_caller_id: str
    client_too_many_calls: str
    client_busy: str
    client_nobody_answered: str
    client_not_connected: str

    # The Twimlets
    twimlet_invalid_option: str
    twimlet_restricted: str
    twimlet_announcement: str
    twimlet_unknown_caller: str
    twimlet_leave_a_message: str
    twimlet_thanks: str
    twimlet_enter_code: str
    twimlet_entering: str
    twimlet_entered: str
    twimlet_no_bucket: str
    twimlet_no_music: str

    # Keys, phone numbers, times and dates; see spoken.py
    key: str
    key_star: str
    plus: str
    at_midnight: str
    at_noon: str
    at_one: str
    at_one_and: str
    at_hour: str
    at_hour_and: str
    before_noon: str
    after_noon: str
    first_day: str
    on_date: str
    when_today: str
    when_tomorrow: str
    when_weekday: str
    when_date: str
    digits: tuple[str, ...]
    weekdays: tuple[str, ...]
    months: tuple[str, ...]
    twelve_hours: bool = False


NAMES = tuple(
    field for field in Prompts.__struct_fields__ if field not in ("tag", "digits", "weekdays", "months", "twelve_hours")
)


def english() -> Prompts:
    """The sentences that are there whatever else is wrong."""
    return _sentences("en")


def find(tag: str, overrides: Mapping[str, Mapping[str, str]] | None = None) -> Prompts | None:
    """The sentences for a BCP 47 tag, with that tag as their voice's; None when there are none in that language.

    `overrides` replace sentences by name, for a language (`pt`) or a tag (`pt-BR`), which wins.

    >>> find("pt-BR").tag, find("pt").tag, find("nl")
    ('pt-BR', 'pt-PT', None)
    """
    found = _find(tag)
    if found is None or not overrides:
        return found
    own = {name.lower(): sentences for name, sentences in overrides.items()}
    changes = {**own.get(tag.split("-")[0].lower(), {}), **own.get(tag.lower(), {})}
    return msgspec.structs.replace(found, **changes) if changes else found


# Asked for each sentence of an answer. A Twimlet's URL may name any tag, so the number of entries is limited.
@lru_cache(maxsize=64)
def _find(tag: str) -> Prompts | None:
    """The product's own sentences for a tag."""
    language = tag.split("-")[0].lower()
    if language not in LANGUAGES:
        return None
    found = _sentences(language)
    return msgspec.structs.replace(found, tag=tag) if "-" in tag else found


def _sentences(language: str) -> Prompts:
    found: Prompts = import_module(f"{__name__}.{language}").PROMPTS
    return found
