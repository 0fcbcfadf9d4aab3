"""Phone numbers and what they do, checked and complete: what the call flow and the text answers work on."""

from __future__ import annotations

import re

import msgspec

from switchboard import prompts
from switchboard.addresses import is_dialable, is_listed
from switchboard.numbers.hours import Hours
from switchboard.numbers.problem import Problem
from switchboard.prompts import Prompts
from switchboard.text import keyword

ANONYMOUS = "anonymous"
ANY_NUMBER = "*"


class RingAgents(msgspec.Struct, frozen=True, kw_only=True):
    """Rings agents for `seconds`: all `at_once`, or one after another. `agents` may be empty: nobody can be rung."""

    agents: tuple[str, ...]
    seconds: int = 20
    at_once: bool = True
    greeting: str = ""


class JoinQueue(msgspec.Struct, frozen=True, kw_only=True):
    """Lets the caller wait in a queue."""

    queue: str
    greeting: str = ""


class TakeVoicemail(msgspec.Struct, frozen=True, kw_only=True):
    """Records a message. `prompt` is a sentence or the URL of a sound, "" for the language's own sentence."""

    prompt: str = ""
    greeting: str = ""


class SendText(msgspec.Struct, frozen=True, kw_only=True):
    """Sends the caller a text."""

    text: str
    greeting: str = ""


class RunFlow(msgspec.Struct, frozen=True, kw_only=True):
    """Hands the call to a function of flows.py."""

    flow: str
    greeting: str = ""


class ForwardCall(msgspec.Struct, frozen=True, kw_only=True):
    """Dials a phone number, unscreened, for `seconds`."""

    to: str
    seconds: int = 20
    greeting: str = ""


class SaySentence(msgspec.Struct, frozen=True, kw_only=True):
    """Says a sentence, or plays the sound of a URL."""

    sentence: str
    greeting: str = ""


class OpenMenu(msgspec.Struct, frozen=True, kw_only=True):
    """Offers one of `menus`."""

    menu: str
    greeting: str = ""


class GoBack(msgspec.Struct, frozen=True, kw_only=True):
    """Offers the menu that led to this one."""

    greeting: str = ""


class HangUp(msgspec.Struct, frozen=True, kw_only=True):
    """Ends the call."""

    greeting: str = ""


Action = (
    RingAgents | JoinQueue | TakeVoicemail | SendText | RunFlow | ForwardCall | SaySentence | OpenMenu | GoBack | HangUp
)


class Agent(msgspec.Struct, frozen=True, kw_only=True):
    """A person who takes calls by phone number, browser client, or both.

    `may_call_in` is false when a PIN is named but its setting is empty: without it nobody could tell an agent from a
    forged caller ID.
    """

    name: str
    number: str = ""
    client: str = ""
    pin: str = ""
    may_call_in: bool = True

    @property
    def can_be_rung(self) -> bool:
        """Whether there is a phone or a browser to ring."""
        return bool(self.number or self.client)

    def is_at(self, address: str) -> bool:
        """Whether a call from this address (E.164 or `client:…`) is this agent's."""
        return bool(address) and address in (self.number, self.client and f"client:{self.client}")


class Queue(msgspec.Struct, frozen=True, kw_only=True):
    """Callers who wait. `agents` take them, `alert` get a text; `most_waiting` 0 means no limit.

    `otherwise` None: the number's own `otherwise` follows.
    """

    name: str
    agents: tuple[str, ...] = ()
    most_minutes: int = 10
    music: str = ""
    most_waiting: int = 0
    alert: tuple[str, ...] = ()
    otherwise: Action | None = None


class Option(msgspec.Struct, frozen=True, kw_only=True):
    """One choice of a menu. `label` is announced; `words` are the phrases that choose it, in small letters."""

    action: Action
    label: str = ""
    words: tuple[str, ...] = ()


class Menu(msgspec.Struct, frozen=True, kw_only=True):
    """Options by key (0 to 9 and `*`). `name` is "" for a number's own menu; `language` "" is the call's so far.

    `otherwise` None: the number's own `otherwise` follows.
    """

    name: str = ""
    greeting: str = ""
    language: str = ""
    options: dict[str, Option] = {}
    otherwise: Action | None = None

    def spoken(self, speech: str) -> str:
        """The key whose phrase comes first in what was said, "" when none does.

        >>> Menu(options={"1": Option(action=HangUp(), words=("sales",))}).spoken("Sales, please.")
        '1'
        """
        said = f" {' '.join(words_of(speech))} "
        found = [
            (said.find(f" {phrase} "), -len(phrase), key)
            for key, option in self.options.items()
            for phrase in option.words
        ]
        return min((each for each in found if each[0] >= 0), default=(0, 0, ""))[2]


class Number(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of `[[numbers]]`: exactly one of `menu` and `answer` is there.

    `known` is false for the answer to a number that the file does not have. `hours` None: always open. `otherwise`
    None: voicemail when nobody answered, good bye when nothing was chosen. `closed` None: the language's sentence,
    then voicemail. `texts` has its keywords in capitals; `"*"` answers what no keyword does.
    """

    name: str
    numbers: tuple[str, ...] = ()
    language: str = "en"
    voice: str = ""
    hours: Hours | None = None
    caller_id: str = ""
    tries: int = 3
    blocked: frozenset[str] = frozenset()
    greeting: str = ""
    menu: Menu | None = None
    answer: Action | None = None
    otherwise: Action | None = None
    closed: Action | None = None
    texts: dict[str, str] = {}
    text_flow: str = ""
    speech: bool = True
    agent_menu: bool = True
    known: bool = True

    def blocks(self, caller: str) -> bool:
        """Whether the caller is turned away; `anonymous` is everybody without a dialable number.

        Agents in a browser have none either: look for agents first.
        """
        return is_listed(caller, self.blocked) or (ANONYMOUS in self.blocked and not is_dialable(caller))

    def answer_to_keyword(self, body: str) -> str | None:
        """The answer to a text that is one of the keywords: whole body, trimmed, ASCII case ignored."""
        word = keyword(body)
        return None if word == ANY_NUMBER else self.texts.get(word)


class Numbers(msgspec.Struct, frozen=True, kw_only=True):
    """The whole file. Everything in it can be used, whatever `problems` says."""

    numbers: tuple[Number, ...]
    unknown: Number
    agents: dict[str, Agent] = {}
    queues: dict[str, Queue] = {}
    menus: dict[str, Menu] = {}
    overrides: dict[str, dict[str, str]] = {}
    by_called: dict[str, Number] = {}
    problems: tuple[Problem, ...] = ()
    caller_id: str = ""

    def find(self, called: str) -> Number:
        """The number that was called or texted; `"*"` for any other, or else an apology and voicemail."""
        address = called.removeprefix("whatsapp:")
        return self.by_called.get(address) or self.by_called.get(ANY_NUMBER) or self.unknown

    def named(self, name: str) -> Number | None:
        """The number of that name, as a URL gives it back."""
        return next((number for number in (*self.numbers, self.unknown) if number.name == name), None)

    def own_numbers(self, sender: str = "") -> dict[str, Number]:
        """The team's phone numbers that can be dialled, in the order of the file.

        `sender` is TWILIO_FROM: a number of the account, and of the file where that has a `"*"`.
        """
        own = {each: number for number in self.numbers for each in number.numbers if is_dialable(each)}
        if is_dialable(sender) and self.find(sender).known:
            own.setdefault(sender, self.find(sender))
        return own

    def caller_id_of_team(self, sender: str = "") -> str:
        """What is shown in a call that no caller began: `caller_id` of the file, else the first own number, else ""."""
        return next((each for each in (self.caller_id, *self.own_numbers(sender)) if is_dialable(each)), "")

    def agents_at(self, address: str) -> tuple[Agent, ...]:
        """The agents whose number or browser this is (`client:…`), in the order of the file."""
        return tuple(agent for agent in self.agents.values() if agent.is_at(address))

    def queues_of(self, agents: tuple[Agent, ...]) -> tuple[Queue, ...]:
        """The queues that any of them serves."""
        names = {agent.name for agent in agents}
        return tuple(queue for queue in self.queues.values() if names & set(queue.agents))

    def sentences(self, language: str) -> Prompts:
        """The sentences of a language tag, with the file's own words in them; English for a tag we do not have."""
        return prompts.find(language, self.overrides) or prompts.find("en", self.overrides) or prompts.english()


def words_of(text: str) -> list[str]:
    """The words of a text in small letters, without punctuation."""
    return re.findall(r"\w+", text.lower())
