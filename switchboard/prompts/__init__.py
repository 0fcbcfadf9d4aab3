"""Every sentence that is spoken or texted, by language.

The part of a BCP 47 tag before the hyphen selects the sentences (`en`, `pt`); the whole tag selects the voice that
speaks them (`en-GB`, `pt-BR`).
"""

from __future__ import annotations

import msgspec

from switchboard.prompts.en import ENGLISH
from switchboard.prompts.pt import PORTUGUESE
from switchboard.prompts.sentences import Prompts

__all__ = ["ENGLISH", "LANGUAGES", "LINK", "PORTUGUESE", "Prompts", "find"]

# The web address of the answers above. Edit it to make it yours.
LINK = "https://www.example.com/"

LANGUAGES = {"en": ENGLISH, "pt": PORTUGUESE}


def find(language: str) -> Prompts | None:
    """Returns the sentences for a BCP 47 tag, with that tag for their voice; None for a language without sentences.

    >>> find("pt-BR").tag, find("pt").tag, find("fr")
    ('pt-BR', 'pt-PT', None)
    """
    found = LANGUAGES.get(language.split("-")[0].lower())
    if found is None or "-" not in language:
        return found
    return msgspec.structs.replace(found, tag=language)
