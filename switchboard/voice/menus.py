"""Menus: what is offered, and what a caller chose by key or word."""

from __future__ import annotations

from twilio.twiml.voice_response import Gather, VoiceResponse

from switchboard.numbers import GoBack, Menu
from switchboard.prompts import spoken
from switchboard.voice import otherwise
from switchboard.voice.speech import say
from switchboard.voice.voice_request import ANSWER, CLOSED, KEY, OTHERWISES, VoiceRequest

REPEAT = "*"
CHOICE_SECONDS = 5


def start(response: VoiceResponse, request: VoiceRequest, *, greeting: str = "") -> VoiceRequest | None:
    """Offers the number's own menu, with its greeting if it has not been said; without a menu, its one action."""
    request = request.at(menu="", back=(), language="", tries=1, action="")
    if request.number.menu:
        return _offer(response, request, request.number.menu, greeting)
    say(response, request, greeting)
    return request.at(action=ANSWER)


def open_menu(response: VoiceResponse, request: VoiceRequest, name: str) -> VoiceRequest | None:
    """Offers a menu of `[menus]`. The menu that the caller comes from is the one that `back` leads to."""
    menu = request.numbers.menus.get(name)
    if menu is None:
        return otherwise.after_nobody(response, request, "")
    state = request.state
    back = (*state.back, state.menu) if state.menu else state.back
    return _offer(
        response,
        request.at(menu=name, back=back[-10:], language=menu.language or state.language, tries=1, action=""),
        menu,
    )


def go_back(response: VoiceResponse, request: VoiceRequest) -> VoiceRequest | None:
    """Offers the menu that led to this one; above the first is where the call began."""
    menus, state = request.numbers.menus, request.state
    above = tuple(name for name in state.back if name in menus)
    if above:
        tags = [menus[name].language for name in above if menus[name].language]
        request = request.at(menu=above[-1], back=above[:-1], language=tags[-1] if tags else "", tries=1, action="")
        return _offer(response, request, menus[above[-1]])
    is_chosen = state.action not in OTHERWISES
    if state.closed and is_chosen:
        return request.at(menu="", back=(), language="", tries=1, action=CLOSED)
    if is_chosen or (request.number.menu and not state.closed):
        return start(response, request)
    # The one action of this number opened the menu: to go back would open it again, without end.
    return otherwise.after_nobody(response, request.at(menu="", back=()), "")


def offer_again(response: VoiceResponse, request: VoiceRequest) -> VoiceRequest | None:
    """Offers the menu that the caller is in; where the call began if it is no longer there."""
    request = request.at(action="")
    return _offer(response, request, request.menu) if request.menu else start(response, request)


def choose(response: VoiceResponse, request: VoiceRequest) -> VoiceRequest | None:
    """Route `menu`: runs the option that was chosen; without a choice offers the menu again, `tries` times in all."""
    menu = request.menu
    if menu is None:
        return otherwise.after_no_choice(response, request)
    key = request.call.digits or menu.spoken(request.call.speech)
    if key in menu.options:
        return request.at(action=f"{KEY}{key}", tries=1)
    if key == REPEAT and _can_repeat(menu):
        return offer_again(response, request)
    if request.state.tries >= request.number.tries:
        return otherwise.after_no_choice(response, request)
    say(response, request, request.sentences.not_understood)
    return offer_again(response, request.at(tries=request.state.tries + 1))


def _offer(response: VoiceResponse, request: VoiceRequest, menu: Menu, greeting: str = "") -> VoiceRequest | None:
    """Asks for a key or a word. No input and a wrong key lead to the same URL."""
    url = request.state.url("menu")
    gather = _gather(request, menu, url)
    say(gather, request, greeting or menu.greeting or ("" if _has_labels(menu) else _own_greeting(request)))
    for sentence in _options(request, menu):
        say(gather, request, sentence)
    response.append(gather)
    response.redirect(url, method="POST")
    return None


def _gather(request: VoiceRequest, menu: Menu, url: str) -> Gather:
    words = [word for option in menu.options.values() for word in option.words]
    keys = {"action": url, "method": "POST", "num_digits": 1, "timeout": CHOICE_SECONDS}
    if not (request.number.speech and words):
        return Gather(input="dtmf", **keys)
    tag = request.sentences.tag
    return Gather(input="dtmf speech", speech_timeout="auto", language=tag, hints=", ".join(words), **keys)


def _options(request: VoiceRequest, menu: Menu) -> list[str]:
    """A sentence for each option with a label, in the order of the file, and for the way back and to hear it again."""
    sentences = request.sentences
    found = []
    for key, option in menu.options.items():
        if option.label:
            found.append(spoken.option(sentences, option.label, key))
        elif isinstance(option.action, GoBack):
            found.append(sentences.option_back.format(key=spoken.key(sentences, key)))
    return [*found, sentences.option_repeat] if _can_repeat(menu) else found


def _can_repeat(menu: Menu) -> bool:
    return REPEAT not in menu.options and _has_labels(menu)


def _has_labels(menu: Menu) -> bool:
    return any(option.label for option in menu.options.values())


def _own_greeting(request: VoiceRequest) -> str:
    """The number's greeting, which says what the keys of its own menu do where no label does."""
    return "" if request.state.menu else request.number.greeting
