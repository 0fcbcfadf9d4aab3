"""An action as it is written -> the one type that the call flow acts on. What is wrong takes voicemail."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import msgspec

from switchboard.numbers.conversion import convert, unknown_name
from switchboard.numbers.model import (
    Action,
    Agent,
    ForwardCall,
    GoBack,
    HangUp,
    JoinQueue,
    OpenMenu,
    Option,
    RingAgents,
    RunFlow,
    SaySentence,
    SendText,
    TakeVoicemail,
    words_of,
)
from switchboard.numbers.positions import Path
from switchboard.numbers.problems import Problems, choices
from switchboard.numbers.tables import IN_MENUS_ONLY, VERBS, WITH_VERBS, ActionTable

BACK = "back"
# Twilio rings at most ten phones with one Dial: https://www.twilio.com/docs/voice/twiml/number
MOST_AT_ONCE = 10


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What an action may refer to. `own` are the file's own phone numbers."""

    agents: dict[str, Agent]
    queues: frozenset[str]
    menus: frozenset[str]
    own: frozenset[str]


class Actions:
    """Reads actions and records what is wrong with them."""

    def __init__(self, known: Known, problems: Problems) -> None:
        self._known = known
        self._problems = problems

    def action(self, raw: object, path: Path, *, back: bool = False) -> Action | None:
        """The action of a field, None when the field is absent. `back` says whether there is a menu to go back to."""
        if raw is None:
            return None
        return self._read(raw, path, back=back, in_menu=False)[0]

    def options(self, raw: dict[str, Any], path: Path, *, back: bool) -> dict[str, Option]:
        """The options of a menu by key. A key that no telephone has is left out."""
        options = {}
        for key, each in raw.items():
            if not _is_key(key):
                self._problems.add((*path, key), "wrong-value", f'no telephone has the key "{key}"', _key_hint(key))
                continue
            action, table = self._read(each, (*path, key), back=back, in_menu=True)
            words = table.words or ((table.label,) if table.label else ())
            options[key] = Option(action=action, label=table.label, words=tuple(filter(None, map(_phrase, words))))
        self._check_words(options, path)
        return options

    def _read(self, raw: object, path: Path, *, back: bool, in_menu: bool) -> tuple[Action, ActionTable]:
        if isinstance(raw, str):
            self._problems.add(path, "wrong-type", f'"{raw}" where an action is expected', _action_hint(path, raw))
            return TakeVoicemail(), ActionTable()
        table, bad = convert(raw, ActionTable, path, self._problems)
        # A misspelt verb is one mistake, not two.
        misspelt = isinstance(raw, dict) and bad and not any(name in VERBS for name in raw)
        verb = self._verb(raw, path, in_menu=in_menu) if isinstance(raw, dict) and not misspelt else ""
        if not verb or bad:
            return TakeVoicemail(greeting=table.greeting), table
        action = _BUILDERS[verb](table)
        if not self._holds(verb, action, path, back=back):
            action = TakeVoicemail(greeting=table.greeting)
        return action, table

    def _verb(self, raw: dict[str, Any], path: Path, *, in_menu: bool) -> str:
        """The one verb of an action; "" when there is none, several, or a field that does not go with it."""
        verbs = [name for name in VERBS if name in raw]
        if len(verbs) != 1:
            wrong = f"{' and '.join(verbs)} exclude each other" if verbs else "nothing says what to do"
            self._problems.add(path, "conflict", wrong, f"Write exactly one of {', '.join(VERBS)}.")
            return ""
        verb = verbs[0]
        fits = True
        for name in raw:
            allowed = WITH_VERBS.get(name, (verb,))
            if verb not in allowed or (name in IN_MENUS_ONLY and not in_menu):
                where = f"with {' or '.join(allowed)}" if verb not in allowed else "in menus"
                self._problems.add((*path, name), "conflict", f"{name} is for use {where} only", f"Delete {name}.")
                fits = False
        if raw[verb] is False:
            self._problems.add((*path, verb), "wrong-value", f"{verb} = false does nothing", f"Write {verb} = true.")
        return verb if fits and raw[verb] is not False else ""

    def _holds(self, verb: str, action: Action, path: Path, *, back: bool) -> bool:
        """Check what an action refers to."""
        match action:
            case RingAgents():
                names_hold = self.names_hold(action.agents, (*path, verb))
                return names_hold and self._few_enough(action, (*path, verb))
            case JoinQueue():
                return self._known_name(action.queue, "queue", self._known.queues, (*path, verb))
            case OpenMenu():
                return self._known_name(action.menu, "menu", self._known.menus, (*path, verb))
            case GoBack() if not back:
                self._problems.add(
                    (*path, verb), "wrong-value", "no menu led here", f"Write one of {choices(self._known.menus)}."
                )
                return False
            case ForwardCall() if action.to in self._known.own:
                self._problems.add(
                    (*path, verb), "circle", "it forwards to a number of this file", "Write menu or ring instead."
                )
                return False
            case _:
                return True

    def names_hold(self, names: tuple[str, ...], path: Path) -> bool:
        """Whether every agent of a list exists, each once; those that do not are recorded."""
        holds = True
        for index, name in enumerate(names):
            if name in names[:index]:
                self._problems.add((*path, index), "duplicate", f'"{name}" is there twice', "Delete one of them.")
                holds = False
            holds &= self._known_name(name, "agent", self._known.agents, (*path, index))
        return holds

    def _known_name(self, name: str, what: str, known: Collection[str], path: Path) -> bool:
        if name in known:
            return True
        self._problems.add(path, "unknown-name", *unknown_name(name, what, known))
        return False

    def _few_enough(self, action: RingAgents, path: Path) -> bool:
        agents = [self._known.agents[name] for name in action.agents]
        phones = sum(bool(agent.number) + bool(agent.client) for agent in agents)
        if not action.at_once or phones <= MOST_AT_ONCE:
            return True
        self._problems.add(
            path,
            "wrong-value",
            f"{phones} phones at once, and Twilio rings {MOST_AT_ONCE} at most",
            "Write at_once = false, or fewer agents.",
        )
        return False

    def _check_words(self, options: dict[str, Option], path: Path) -> None:
        seen: dict[str, str] = {}
        for key, option in options.items():
            for phrase in option.words:
                if seen.setdefault(phrase, key) != key:
                    self._problems.add(
                        (*path, key),
                        "duplicate",
                        f'"{phrase}" chooses key {seen[phrase]} already',
                        "Write words that one option alone has.",
                    )


def _is_key(key: str) -> bool:
    return len(key) == 1 and key in "0123456789*"


def _key_hint(key: str) -> str:
    return 'Write a single key, 0 to 9 or "*".' if key != "#" else '# ends an entry; write 0 to 9 or "*".'


def _phrase(text: str) -> str:
    return " ".join(words_of(text))


def _action_hint(path: Path, raw: str) -> str:
    verb = raw if raw in VERBS else ""
    if verb in ("voicemail", "hangup"):
        return f"Write {path[-1]} = {{ {verb} = true }}."
    return f'Write {path[-1]} = {{ say = "{raw}" }} for a sentence, or another of {", ".join(VERBS)}.'


def _ring(table: ActionTable) -> Action:
    return RingAgents(agents=table.ring, seconds=table.seconds, at_once=table.at_once, greeting=table.greeting)


def _menu(table: ActionTable) -> Action:
    if table.menu == BACK:
        return GoBack(greeting=table.greeting)
    return OpenMenu(menu=table.menu, greeting=table.greeting)


def _voicemail(table: ActionTable) -> Action:
    return TakeVoicemail(prompt=table.voicemail if isinstance(table.voicemail, str) else "", greeting=table.greeting)


_BUILDERS: dict[str, Callable[[ActionTable], Action]] = {
    "ring": _ring,
    "queue": lambda table: JoinQueue(queue=table.queue, greeting=table.greeting),
    "voicemail": _voicemail,
    "text": lambda table: SendText(text=table.text, greeting=table.greeting),
    "flow": lambda table: RunFlow(flow=table.flow, greeting=table.greeting),
    "forward": lambda table: ForwardCall(to=table.forward, seconds=table.seconds, greeting=table.greeting),
    "say": lambda table: SaySentence(sentence=table.say, greeting=table.greeting),
    "menu": _menu,
    "hangup": lambda table: HangUp(greeting=table.greeting),
}
