"""Interprets a voice document as a generator of verbs. It receives the outcome of each, and returns what follows.

    performance = perform(root, "https://app.example.com/api/voice/incoming")
    verb = next(performance)
    verb = performance.send(Input(digits="1"))     # until StopIteration, whose value is a Fetch, Ended or Left

The execution rules are Twilio's: https://www.twilio.com/docs/voice/twiml#twiml-verbs
"""

from __future__ import annotations

from collections.abc import Callable, Generator

from local.twilio.records import Fetch
from local.twilio.twiml.attributes import events, fetch, flag, link, method, number, resolve, whole
from local.twilio.twiml.document import Element
from local.twilio.twiml.nouns import targets
from local.twilio.twiml.verbs import (
    Dial,
    Dialed,
    Ended,
    Enqueue,
    Gather,
    Hangup,
    Input,
    Leave,
    Left,
    Next,
    Outcome,
    Pause,
    Play,
    Prompt,
    Queued,
    Record,
    Recorded,
    Redirect,
    Reject,
    Say,
    Sent,
    Text,
    Unsupported,
    Verb,
)

Performance = Generator[Verb, Outcome, Next]
Act = Generator[Verb, Outcome, Next | None]


def perform(root: Element, url: str) -> Performance:
    """Yield the verbs of a document from `url`. Verbs after one that ends the document are ignored."""
    for element in root.children:
        following = yield from VERBS.get(element.name, _unsupported)(element, url)
        if following is not None:
            return following
    return Ended("the document ends", hangs_up=False)


def _say(element: Element, url: str) -> Act:
    yield _speech(element)
    return None


def _play(element: Element, url: str) -> Act:
    yield _sound(element, url)
    return None


def _pause(element: Element, url: str) -> Act:
    yield _silence(element)
    return None


def _speech(element: Element) -> Say:
    attributes = element.attributes
    return Say(element.words, attributes.get("language", ""), attributes.get("voice", ""), whole(element, "loop", 1))


def _sound(element: Element, url: str) -> Play:
    address = resolve(url, element.words)
    return Play(address, element.attributes.get("digits", ""), whole(element, "loop", 1))


def _silence(element: Element) -> Pause:
    return Pause(whole(element, "length", 1))


def _prompts(element: Element, url: str) -> tuple[Prompt, ...]:
    readers: dict[str, Callable[[Element], Prompt]] = {
        "Say": _speech,
        "Play": lambda child: _sound(child, url),
        "Pause": _silence,
    }
    return tuple(readers[child.name](child) for child in element.children if child.name in readers)


def _gather(element: Element, url: str) -> Act:
    """Input goes to the action; without any the document continues, unless `actionOnEmptyResult` is set."""
    attributes = element.attributes
    outcome = yield Gather(
        prompts=_prompts(element, url),
        accepts=frozenset(attributes.get("input", "dtmf").split()),
        most_digits=whole(element, "numDigits", 0),
        finish_on_key=attributes.get("finishOnKey", "#"),
        seconds=whole(element, "timeout", 5),
        language=attributes.get("language", ""),
        barge_in=flag(element, "bargeIn", default=True),
    )
    given = outcome if isinstance(outcome, Input) else Input()
    empty_counts = flag(element, "actionOnEmptyResult", default=False)
    if not (given.digits or given.speech or empty_counts):
        return None
    return fetch(element, url, _input_parameters(given, attributes.get("language", "en-US")))


def _input_parameters(given: Input, language: str) -> dict[str, str]:
    if given.speech:
        spoken = {"SpeechResult": given.speech, "Confidence": f"{given.confidence:g}", "Language": language}
        return spoken | {"msg": "Gather End"}
    return {"Digits": given.digits, "FinishedOnKey": given.finished_on, "msg": "Gather End"}


def _record(element: Element, url: str) -> Act:
    """A recording goes to the action, by default this document's URL; after silence the document continues."""
    outcome = yield Record(
        most_seconds=whole(element, "maxLength", 3600),
        silence_seconds=whole(element, "timeout", 5),
        finish_on_key=element.attributes.get("finishOnKey", "1234567890*#"),
        beep=flag(element, "playBeep", default=True),
        transcription=link(element, url, "transcribeCallback"),
        callback=link(element, url, "recordingStatusCallback"),
        callback_method=method(element, "recordingStatusCallbackMethod"),
        callback_events=events(element, "recordingStatusCallbackEvent"),
    )
    if not isinstance(outcome, Recorded):
        return None
    parameters = {
        "RecordingUrl": outcome.url,
        "RecordingSid": outcome.sid,
        "RecordingDuration": str(outcome.seconds),
        "Digits": outcome.digits,
    }
    return fetch(element, url, parameters)


def _dial(element: Element, url: str) -> Act:
    """The result goes to the action; without one the document continues."""
    outcome = yield Dial(
        targets=targets(element, url),
        seconds=whole(element, "timeout", 30),
        most_seconds=whole(element, "timeLimit", 14_400),
        star_ends=flag(element, "hangupOnStar", default=False),
        caller_id=number(element, "callerId"),
        sequential=flag(element, "sequential", default=False),
        record=element.attributes.get("record", "").replace("do-not-record", ""),
        callback=link(element, url, "recordingStatusCallback"),
        callback_method=method(element, "recordingStatusCallbackMethod"),
        callback_events=events(element, "recordingStatusCallbackEvent"),
    )
    if "action" not in element.attributes or not isinstance(outcome, Dialed):
        return None
    return fetch(element, url, _dial_parameters(outcome))


def _dial_parameters(outcome: Dialed) -> dict[str, str]:
    parameters = {"DialCallStatus": outcome.status, "DialBridged": str(outcome.bridged).lower()}
    if outcome.sid:
        parameters["DialCallSid"] = outcome.sid
    if outcome.seconds:
        parameters["DialCallDuration"] = str(outcome.seconds)
    if outcome.recording_url:
        parameters["RecordingUrl"] = outcome.recording_url
    return parameters


def _enqueue(element: Element, url: str) -> Act:
    """The result of the wait goes to the action; without one the document continues."""
    wait_url = link(element, url, "waitUrl")
    wait = Fetch(url=wait_url, method=method(element, "waitUrlMethod")) if wait_url else None
    outcome = yield Enqueue(queue=element.words, wait=wait, most=whole(element, "maxQueueSize", 100))
    if not isinstance(outcome, Queued):
        return None
    parameters = {"QueueResult": outcome.result, "QueueSid": outcome.sid, "QueueTime": str(outcome.seconds)}
    return fetch(element, url, parameters) if "action" in element.attributes else None


def _sms(element: Element, url: str) -> Act:
    callback = link(element, url, "statusCallback")
    outcome = yield Text(
        element.words, to=number(element, "to"), sender=number(element, "from"), status_callback=callback
    )
    if "action" not in element.attributes or not isinstance(outcome, Sent):
        return None
    return fetch(element, url, {"SmsSid": outcome.sid, "SmsStatus": outcome.status})


def _redirect(element: Element, url: str) -> Act:
    address = resolve(url, element.words)
    yield Redirect(address)
    return Fetch(url=address, method=method(element))


def _reject(element: Element, url: str) -> Act:
    """`busy` gives the busy signal; otherwise the caller hears that the number is not in service."""
    reason = "busy" if element.attributes.get("reason") == "busy" else "rejected"
    yield Reject(reason)
    return Ended("the call is rejected", "busy" if reason == "busy" else "no-answer")


def _hangup(element: Element, url: str) -> Act:
    yield Hangup()
    return Ended("the app hangs up")


def _leave(element: Element, url: str) -> Act:
    yield Leave()
    return Left()


def _unsupported(element: Element, url: str) -> Act:
    yield Unsupported(element.name)
    return None


VERBS: dict[str, Callable[[Element, str], Act]] = {
    "Say": _say,
    "Play": _play,
    "Pause": _pause,
    "Gather": _gather,
    "Record": _record,
    "Dial": _dial,
    "Enqueue": _enqueue,
    "Sms": _sms,
    "Redirect": _redirect,
    "Reject": _reject,
    "Hangup": _hangup,
    "Leave": _leave,
}
