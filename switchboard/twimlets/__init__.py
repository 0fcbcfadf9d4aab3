"""The eleven Twimlets: small call flows configured by the parameters of their URL, one module each.

Parameters and answers are those of twimlets.com, so that replacing the host in a URL is the whole migration.
docs/twimlets.md describes each of them with an example.
"""

from __future__ import annotations

from switchboard.twimlets import (
    callme,
    conference,
    echo,
    findme,
    forward,
    holdmusic,
    menu,
    message,
    simulring,
    voicemail,
    whisper,
)

MODULES = (message, menu, forward, callme, simulring, findme, whisper, voicemail, conference, holdmusic, echo)
TWIMLETS = {module.TWIMLET.name: module.TWIMLET for module in MODULES}
