"""Performs a voice document: a generator of steps, which is sent what came of each, and returns what comes next.

    performance = perform(root, "https://app.example.com/api/voice/incoming")
    step = next(performance)
    step = performance.send(Input(digits="1"))     # until StopIteration, whose value is a Fetch, Ended or Left

The execution rules are Twilio's: https://www.twilio.com/docs/voice/twiml#twiml-verbs
"""

from __future__ import annotations

from collections.abc import Callable, Generator

from local.twilio.records import Fetch
from local.twilio.twiml.attributes import events, fetch, flag, link, method, number, resolve, whole
from local.twilio.twiml.document import Element
from local.twilio.twiml.nouns import targets
from local.twilio.twiml.steps import (
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
    Step,
    Text,
    Unsupported,
)

Performance = Generator[Step, Outcome, Next]
Act = Generator[Step, Outcome, Next | None]


def perform(root: Element, url: str) -> Performance:
    """The steps of a document that came from `url`. A verb after one that ends the document is never reached."""
    for verb in root.children:
        following = yield from VERBS.get(verb.name, _unsupported)(verb, url)
        if following is not None:
            return following
    return Ended("the document ends", hangs_up=False)


def _say(verb: Element, url: str) -> Act:
    yield _speech(verb)
    return None


def _play(verb: Element, url: str) -> Act:
    yield _sound(verb, url)
    return None


def _pause(verb: Element, url: str) -> Act:
    yield _silence(verb)
    return None


def _speech(verb: Element) -> Say:
    attributes = verb.attributes
    return Say(verb.words, attributes.get("language", ""), attributes.get("voice", ""), whole(verb, "loop", 1))


def _sound(verb: Element, url: str) -> Play:
    address = resolve(url, verb.words)
    return Play(address, verb.attributes.get("digits", ""), whole(verb, "loop", 1))


def _silence(verb: Element) -> Pause:
    return Pause(whole(verb, "length", 1))


def _prompts(verb: Element, url: str) -> tuple[Prompt, ...]:
    readers: dict[str, Callable[[Element], Prompt]] = {
        "Say": _speech,
        "Play": lambda child: _sound(child, url),
        "Pause": _silence,
    }
    return tuple(readers[child.name](child) for child in verb.children if child.name in readers)


def _gather(verb: Element, url: str) -> Act:
    """Input is posted to the action; without any the document goes on, unless the verb says otherwise."""
    attributes = verb.attributes
    outcome = yield Gather(
        prompts=_prompts(verb, url),
        accepts=frozenset(attributes.get("input", "dtmf").split()),
        most_digits=whole(verb, "numDigits", 0),
        finish_on_key=attributes.get("finishOnKey", "#"),
        seconds=whole(verb, "timeout", 5),
        language=attributes.get("language", ""),
        barge_in=flag(verb, "bargeIn", default=True),
    )
    given = outcome if isinstance(outcome, Input) else Input()
    empty_counts = flag(verb, "actionOnEmptyResult", default=False)
    if not (given.digits or given.speech or empty_counts):
        return None
    return fetch(verb, url, _input_parameters(given, attributes.get("language", "en-US")))


def _input_parameters(given: Input, language: str) -> dict[str, str]:
    if given.speech:
        spoken = {"SpeechResult": given.speech, "Confidence": f"{given.confidence:g}", "Language": language}
        return spoken | {"msg": "Gather End"}
    return {"Digits": given.digits, "FinishedOnKey": given.finished_on, "msg": "Gather End"}


def _record(verb: Element, url: str) -> Act:
    """A recording is told to the action, or to this document's URL; silence lets the document go on."""
    outcome = yield Record(
        most_seconds=whole(verb, "maxLength", 3600),
        silence_seconds=whole(verb, "timeout", 5),
        finish_on_key=verb.attributes.get("finishOnKey", "1234567890*#"),
        beep=flag(verb, "playBeep", default=True),
        transcription=link(verb, url, "transcribeCallback"),
        callback=link(verb, url, "recordingStatusCallback"),
        callback_method=method(verb, "recordingStatusCallbackMethod"),
        callback_events=events(verb, "recordingStatusCallbackEvent"),
    )
    if not isinstance(outcome, Recorded):
        return None
    parameters = {
        "RecordingUrl": outcome.url,
        "RecordingSid": outcome.sid,
        "RecordingDuration": str(outcome.seconds),
        "Digits": outcome.digits,
    }
    return fetch(verb, url, parameters)


def _dial(verb: Element, url: str) -> Act:
    """How it went is told to the action; without one the document goes on."""
    outcome = yield Dial(
        targets=targets(verb, url),
        seconds=whole(verb, "timeout", 30),
        most_seconds=whole(verb, "timeLimit", 14_400),
        star_ends=flag(verb, "hangupOnStar", default=False),
        caller_id=number(verb, "callerId"),
        sequential=flag(verb, "sequential", default=False),
        record=verb.attributes.get("record", "").replace("do-not-record", ""),
        callback=link(verb, url, "recordingStatusCallback"),
        callback_method=method(verb, "recordingStatusCallbackMethod"),
        callback_events=events(verb, "recordingStatusCallbackEvent"),
    )
    if "action" not in verb.attributes or not isinstance(outcome, Dialed):
        return None
    return fetch(verb, url, _dial_parameters(outcome))


def _dial_parameters(outcome: Dialed) -> dict[str, str]:
    parameters = {"DialCallStatus": outcome.status, "DialBridged": str(outcome.bridged).lower()}
    if outcome.sid:
        parameters["DialCallSid"] = outcome.sid
    if outcome.seconds:
        parameters["DialCallDuration"] = str(outcome.seconds)
    if outcome.recording_url:
        parameters["RecordingUrl"] = outcome.recording_url
    return parameters


def _enqueue(verb: Element, url: str) -> Act:
    """How the wait ended is told to the action; without one the document goes on, for a caller still there."""
    wait_url = link(verb, url, "waitUrl")
    wait = Fetch(url=wait_url, method=method(verb, "waitUrlMethod")) if wait_url else None
    outcome = yield Enqueue(queue=verb.words, wait=wait, most=whole(verb, "maxQueueSize", 100))
    if not isinstance(outcome, Queued):
        return None
    parameters = {"QueueResult": outcome.result, "QueueSid": outcome.sid, "QueueTime": str(outcome.seconds)}
    return fetch(verb, url, parameters) if "action" in verb.attributes else None


def _sms(verb: Element, url: str) -> Act:
    callback = link(verb, url, "statusCallback")
    outcome = yield Text(verb.words, to=number(verb, "to"), sender=number(verb, "from"), status_callback=callback)
    if "action" not in verb.attributes or not isinstance(outcome, Sent):
        return None
    return fetch(verb, url, {"SmsSid": outcome.sid, "SmsStatus": outcome.status})


def _redirect(verb: Element, url: str) -> Act:
    address = resolve(url, verb.words)
    yield Redirect(address)
    return Fetch(url=address, method=method(verb))


def _reject(verb: Element, url: str) -> Act:
    """`busy` gives the busy signal; otherwise the caller hears that the number is not in service."""
    reason = "busy" if verb.attributes.get("reason") == "busy" else "rejected"
    yield Reject(reason)
    return Ended("the call is rejected", "busy" if reason == "busy" else "no-answer")


def _hangup(verb: Element, url: str) -> Act:
    yield Hangup()
    return Ended("the app hangs up")


def _leave(verb: Element, url: str) -> Act:
    yield Leave()
    return Left()


def _unsupported(verb: Element, url: str) -> Act:
    yield Unsupported(verb.name)
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
