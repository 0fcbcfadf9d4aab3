"""What each number does, in words: for operators' commands and the phone page. Not imported with a caller waiting."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec

from switchboard.numbers.hours import Opening, opening, zone_of
from switchboard.numbers.model import (
    ANY_NUMBER,
    Action,
    ForwardCall,
    GoBack,
    HangUp,
    JoinQueue,
    Menu,
    Number,
    Numbers,
    OpenMenu,
    Option,
    Queue,
    RingAgents,
    RunFlow,
    SaySentence,
    SendText,
    TakeVoicemail,
)

_INDENT = "  "
_LONG = 70


class Branch(msgspec.Struct, frozen=True):
    """A line of a tree, and the lines below it."""

    text: str
    branches: tuple[Branch, ...] = ()


def summary(numbers: Numbers, now: datetime) -> str:
    """What each number does now, until when, and who is rung: one paragraph a number, then queues and agents."""
    parts = [lines(number_tree(number, numbers, now)) for number in numbers.numbers]
    parts += [lines(queue_tree(queue, numbers)) for queue in numbers.queues.values()]
    if not any(ANY_NUMBER in number.numbers for number in numbers.numbers):
        parts.append("Any other number: an apology, then voicemail")
    return "\n\n".join(parts)


def shown_at(numbers: Numbers, called: str, moment: datetime) -> str:
    """What a caller of a number gets at a moment. The first line is `NAME (+number) is open` or `… is closed`.

    A moment without a time zone is by the number's own clock, or UTC where it has no opening hours.
    """
    number = numbers.find(called)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone_of(number.hours.time_zone) if number.hours else UTC)
    if not number.known:
        return f"{clean(called)} is not in the file\n{_INDENT}an apology, then voicemail"
    return lines(number_tree(number, numbers, moment, called))


def heading(number: Number, state: Opening, called: str = "") -> str:
    """`Front desk (+351210000001) is open`."""
    return f"{clean(number.name)} ({_called(number, called)}) is {'open' if state.open else 'closed'}"


def number_tree(number: Number, numbers: Numbers, moment: datetime, called: str = "") -> Branch:
    """Heading; since and until when; what a caller gets; how texts are answered."""
    state = opening(number.hours, moment)
    branches = [Branch(text) for text in _times(number, state)]
    branches += _calls(number, numbers) if state.open else _closed(number, numbers)
    branches += _texts(number)
    return Branch(heading(number, state, called), tuple(branches))


def queue_tree(queue: Queue, numbers: Numbers) -> Branch:
    """A queue, who serves it, and its limits."""
    below = [f"at most {queue.most_minutes} minutes"]
    if queue.most_waiting:
        below.append(f"at most {queue.most_waiting} waiting")
    if queue.alert:
        below.append(f"a text to {', '.join(_agent(name, numbers) for name in queue.alert)} for each caller")
    served = ", ".join(_agent(name, numbers) for name in queue.agents) or "nobody"
    branches = [Branch(text) for text in below]
    if queue.otherwise:
        branches.append(Branch(f"then {described(queue.otherwise, numbers)}"))
    return Branch(f"Queue {clean(queue.name)}, served by {served}", tuple(branches))


def lines(branch: Branch, depth: int = 0) -> str:
    """A tree as indented lines."""
    below = "".join(f"\n{lines(each, depth + 1)}" for each in branch.branches)
    return f"{_INDENT * depth}{branch.text}{below}"


def described(action: Action, numbers: Numbers) -> str:
    """An action in words, its greeting first."""
    said = f"{_said(action.greeting)}, then " if action.greeting else ""
    return said + _done(action, numbers)


def clean(text: str) -> str:
    """A text of the file as one line that a terminal may print: no control or direction character."""
    return "".join(each if unicodedata.category(each)[0] != "C" else " " for each in text)


def _done(action: Action, numbers: Numbers) -> str:
    match action:
        case RingAgents():
            return _ringing(action, numbers)
        case ForwardCall(to=to, seconds=seconds):
            return f"forwards to {to} for {seconds} s"
        case JoinQueue(queue=queue):
            return f"waits in queue {clean(queue)}"
        case OpenMenu(menu=menu):
            return f"menu {clean(menu)}"
        case GoBack():
            return "the menu before"
        case _:
            return _ended(action)


def _ended(action: TakeVoicemail | SendText | RunFlow | SaySentence | HangUp) -> str:
    match action:
        case TakeVoicemail(prompt=prompt):
            return f"voicemail: {_said(prompt)}" if prompt else "voicemail"
        case SendText(text=text):
            return f"gets a text: {_quoted(text)}"
        case RunFlow(flow=flow):
            return f"flow {flow}"
        case SaySentence(sentence=sentence):
            return _said(sentence)
        case HangUp():
            return "hangs up"


def _ringing(action: RingAgents, numbers: Numbers) -> str:
    reachable = [name for name in action.agents if numbers.agents[name].can_be_rung]
    if not reachable:
        return "rings nobody: no agent can be rung"
    names = ", ".join(_agent(name, numbers) for name in reachable)
    order = "" if len(reachable) == 1 else " at once" if action.at_once else " one after another"
    return f"rings {names}{order} for {action.seconds} s"


def _agent(name: str, numbers: Numbers) -> str:
    agent = numbers.agents[name]
    places = [place for place in (agent.number, agent.client and "browser") if place]
    return f"{clean(name)} ({' and '.join(places) or 'cannot be rung'})"


def _times(number: Number, state: Opening) -> Iterator[str]:
    if number.hours is None:
        yield "always: it has no opening hours"
        return
    zone = number.hours.time_zone
    for word, moment in (("since", state.since), ("until", state.until)):
        yield f"{word} {_moment(moment)} ({zone})" if moment else f"{word}: no change within a year"


def _moment(moment: datetime) -> str:
    return f"{moment:%a %Y-%m-%d %H:%M}"


def _calls(number: Number, numbers: Numbers) -> Iterator[Branch]:
    if number.greeting:
        yield Branch(_said(number.greeting))
    if number.menu:
        yield from _options(number.menu, numbers, frozenset())
        yield Branch(f"otherwise {_otherwise(number, numbers)}")
    elif number.answer:
        yield _branch("", number.answer, numbers, frozenset())
        if isinstance(number.answer, RingAgents | ForwardCall | JoinQueue):
            yield Branch(f"otherwise {_otherwise(number, numbers)}")


def _otherwise(number: Number, numbers: Numbers) -> str:
    if number.otherwise:
        return described(number.otherwise, numbers)
    return "good bye when nothing was chosen, voicemail when nobody answered" if number.menu else "voicemail"


def _closed(number: Number, numbers: Numbers) -> Iterator[Branch]:
    if number.closed is None:
        yield Branch("says that it is closed and when it opens, then voicemail")
    else:
        yield _branch("", number.closed, numbers, frozenset())


def _options(menu: Menu, numbers: Numbers, above: frozenset[str]) -> Iterator[Branch]:
    for key, option in sorted(menu.options.items(), key=lambda each: (each[0] == "*", each[0])):
        yield _branch(f"{key} {_label(option)}", option.action, numbers, above)


def _branch(start: str, action: Action, numbers: Numbers, above: frozenset[str]) -> Branch:
    """An action, and the menu that it opens, once on each way down."""
    below: tuple[Branch, ...] = ()
    if isinstance(action, OpenMenu) and action.menu in numbers.menus and action.menu not in above:
        menu = numbers.menus[action.menu]
        greeting = (Branch(_said(menu.greeting)),) if menu.greeting else ()
        below = greeting + tuple(_options(menu, numbers, above | {action.menu}))
        if menu.otherwise:
            below += (Branch(f"otherwise {described(menu.otherwise, numbers)}"),)
    return Branch(start + described(action, numbers), below)


def _label(option: Option) -> str:
    return f"{clean(option.label)}: " if option.label else ""


def _texts(number: Number) -> Iterator[Branch]:
    words = [clean(word) for word in number.texts if word != ANY_NUMBER]
    parts = [f"answers {', '.join(words)}"] if words else []
    parts += [f"flow {number.text_flow}"] if number.text_flow else []
    parts += [f"any other: {_quoted(number.texts[ANY_NUMBER])}"] if ANY_NUMBER in number.texts else []
    yield Branch(f"texts: {'; '.join(parts) or 'no answer'}")


def _called(number: Number, called: str) -> str:
    if called:
        return clean(called)
    return ", ".join("any other" if each == ANY_NUMBER else each for each in number.numbers) or "no number"


def _said(text: str) -> str:
    return f"plays {clean(text)}" if text.startswith("https://") else f"says {_quoted(text)}"


def _quoted(text: str) -> str:
    text = clean(text)
    return f'"{text}"' if len(text) <= _LONG else f'"{text[: _LONG - 1]}…"'
