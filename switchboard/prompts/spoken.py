"""Phone numbers, keys, times and dates as sentences of a language."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from switchboard.prompts import Prompts

GROUP = 3


def phone_number(prompts: Prompts, number: str) -> str:
    """A phone number digit by digit, in words and in groups of three: no voice reads it as one large number.

    >>> from switchboard.prompts import english
    >>> phone_number(english(), "+15550123")
    'plus one five five, five zero, one two three'
    """
    digits = [prompts.digits[int(digit)] for digit in number if digit in "0123456789"]
    spoken = ", ".join(" ".join(group) for group in _groups(digits))
    return f"{prompts.plus} {spoken}" if number.startswith("+") else spoken


def key(prompts: Prompts, name: str) -> str:
    """A key of the telephone as it is said after "press"."""
    return prompts.key_star if name == "*" else prompts.key.format(digit=name)


def option(prompts: Prompts, label: str, name: str) -> str:
    """What a menu says of one option: `For sales, press 1.`"""
    return prompts.option.format(label=label, key=key(prompts, name))


def at_time(prompts: Prompts, moment: time) -> str:
    """A time of day with its preposition: `at 2 PM`, `às 14 horas e 30`."""
    if moment.minute == 0 and moment.hour in (0, 12):
        return prompts.at_noon if moment.hour else prompts.at_midnight
    hour = (moment.hour % 12 or 12) if prompts.twelve_hours else moment.hour
    if hour == 1:
        sentence = prompts.at_one_and if moment.minute else prompts.at_one
    else:
        sentence = prompts.at_hour_and if moment.minute else prompts.at_hour
    half = prompts.before_noon if moment.hour < 12 else prompts.after_noon
    return sentence.format(hour=hour, minute=_minute(prompts, moment.minute), half=half)


def on_date(prompts: Prompts, day: date) -> str:
    """A date with its weekday and preposition: `on Monday, December 28`."""
    return prompts.on_date.format(
        weekday=prompts.weekdays[day.weekday()],
        day=prompts.first_day if day.day == 1 else day.day,
        month=prompts.months[day.month - 1],
    )


def when(prompts: Prompts, now: datetime, then: datetime) -> str:
    """A later moment as people say it: today, tomorrow, within the week by its weekday, else by its date."""
    at = at_time(prompts, then.time())
    days = (then.date() - now.astimezone(then.tzinfo).date()) // timedelta(days=1)
    if days == 0:
        return prompts.when_today.format(at=at)
    if days == 1:
        return prompts.when_tomorrow.format(at=at)
    if 1 < days < 7:
        return prompts.when_weekday.format(weekday=prompts.weekdays[then.weekday()], at=at)
    return prompts.when_date.format(date=on_date(prompts, then.date()), at=at)


def _groups(digits: list[str]) -> list[list[str]]:
    """Threes; what is left at the end makes groups of two rather than a single digit."""
    groups = [digits[index : index + GROUP] for index in range(0, len(digits), GROUP)]
    if len(groups) > 1 and len(groups[-1]) == 1:
        groups[-2:] = [groups[-2][:2], groups[-2][2:] + groups[-1]]
    return groups


def _minute(prompts: Prompts, minute: int) -> str:
    """With two digits where a colon stands before it."""
    return f"{minute:02}" if prompts.twelve_hours else str(minute)
