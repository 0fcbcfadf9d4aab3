"""The sentences that each language must have."""

from __future__ import annotations

import msgspec


class Prompts(msgspec.Struct, frozen=True, kw_only=True):
    """The sentences of one language. `{…}` in a sentence is replaced when it is spoken.

    `speech` maps a spoken word to the menu key that it selects; `keywords` maps a texted word, in capitals, to its
    answer.
    """

    tag: str
    welcome: str
    menu: str
    not_understood: str
    goodbye: str
    connecting: str
    nobody_answered: str
    leave_a_message: str
    no_message: str
    message_received: str
    joining_queue: str
    queue_position: str
    nobody_free: str
    link_sent: str
    link_text: str
    cannot_be_texted: str
    agent_connecting: str
    agent_done: str
    failure: str
    text_default: str
    text_media: str
    text_help: str
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
    speech: dict[str, str]
    keywords: dict[str, str]
