"""A call to a number: the TwiML is performed up to where it waits for the caller or for an agent."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urljoin, urlsplit
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from switchboard import voice
from switchboard.events import TeamEvent
from switchboard.flows.answering import answer_call
from switchboard.form import Form, Verified
from switchboard.testing.differences import check_in_order, check_same
from switchboard.testing.team_files import TeamFiles, moment, run_flow
from switchboard.voice import VoiceRequest
from switchboard.webhooks import IncomingCall

INCOMING = "/api/voice/incoming"
VOICE, FLOWS = "/api/voice/", "/api/flows/"
ORIGIN = "https://test.invalid"
MOST_REQUESTS = 20
WAITING = ("Gather", "Record", "Dial", "Enqueue")
ENDING = ("Hangup", "Reject")


class PlayedCall:
    """A call, at the verb that it waits in. Each method checks or does one thing, and returns the call.

    `heard` is what the caller heard since the last input, `texts` what was texted as (number, text), `events` what
    flows published, `document` the last TwiML.
    """

    def __init__(self, files: TeamFiles, caller: str, to: str, at: str | datetime) -> None:
        __tracebackhide__ = True
        self._files = files
        self._parties = {"CallSid": "CA1", "From": caller, "To": to, "Direction": "inbound"}
        self._now = moment(at, files.numbers.find(to))
        self._target = ""
        self._verbs: list[Element] = []
        self._waiting: Element | None = None
        self.heard: list[str] = []
        self.texts: list[tuple[str, str]] = []
        self.events: list[TeamEvent] = []
        self.document = ""
        self._request(INCOMING)

    def press(self, keys: str) -> PlayedCall:
        """Presses keys while the call asks for them. Of more keys than it takes, only the first count."""
        __tracebackhide__ = True
        gather = self._at("Gather", f"the caller presses {keys}")
        if "dtmf" not in gather.get("input", "dtmf"):
            raise AssertionError(f"the caller presses {keys}, but the call asks for speech only")
        digits = keys.partition(gather.get("finishOnKey", "#") or " ")[0]
        return self._input(gather, Digits=digits[: int(gather.get("numDigits", len(digits)))])

    def says(self, words: str) -> PlayedCall:
        """Says something while the call asks for speech; all of it is understood."""
        __tracebackhide__ = True
        gather = self._at("Gather", f"the caller says {words!r}")
        if "speech" not in gather.get("input", "dtmf"):
            raise AssertionError(f"the caller says {words!r}, but the call asks for keys only")
        return self._input(gather, SpeechResult=words, Confidence="0.9")

    def is_silent(self) -> PlayedCall:
        """Gives no key, no word and no recording: Twilio goes on behind the verb."""
        __tracebackhide__ = True
        if self._waiting is None or self._waiting.tag not in ("Gather", "Record"):
            raise AssertionError(f"the caller is silent, but {self._state()}")
        self._waiting, self.heard = None, []
        self._perform()
        return self

    def records(self, seconds: int = 5) -> PlayedCall:
        """Leaves a recording of this length."""
        __tracebackhide__ = True
        record = self._at("Record", "the caller records")
        url = "https://api.twilio.com/recordings/RE1"
        return self._input(record, RecordingSid="RE1", RecordingUrl=url, RecordingDuration=str(seconds))

    def is_answered(self) -> PlayedCall:
        """Somebody takes the call, talks, and hangs up."""
        __tracebackhide__ = True
        dial = self._at("Dial", "somebody answers")
        return self._input(dial, DialCallStatus="completed", DialBridged="true", DialCallDuration="60")

    def is_not_answered(self, status: str = "no-answer") -> PlayedCall:
        """Nobody takes the call: `no-answer`, `busy`, `failed`."""
        __tracebackhide__ = True
        return self._input(self._at("Dial", "nobody answers"), DialCallStatus=status, DialBridged="false")

    def leaves_queue(self, seconds: int = 0) -> PlayedCall:
        """The wait ends without an agent, after this many seconds."""
        __tracebackhide__ = True
        return self._input(self._at("Enqueue", "the wait ends"), QueueResult="leave", QueueTime=str(seconds))

    def hears(self, *sentences: str) -> PlayedCall:
        """Checks that the caller hears these sentences in this order; others may be between them."""
        __tracebackhide__ = True
        self.heard = check_in_order(sentences, self.heard, "the caller hears something else")
        return self

    def rings(self, *addresses: str) -> PlayedCall:
        """Checks which phone numbers and browser clients ring."""
        __tracebackhide__ = True
        dial = self._at("Dial", f"{', '.join(addresses)} should ring")
        check_same(addresses, [_address(noun) for noun in dial], "other phones ring")
        return self

    def waits_in(self, queue: str) -> PlayedCall:
        """Checks in which queue the caller waits."""
        __tracebackhide__ = True
        found = self._at("Enqueue", f"the caller should wait in {queue}").text or ""
        check_same([queue], [found], "the caller waits in another queue")
        return self

    def is_asked_to_record(self) -> PlayedCall:
        """Checks that a message is recorded now."""
        __tracebackhide__ = True
        self._at("Record", "a message should be recorded")
        return self

    def gets_text(self, text: str) -> PlayedCall:
        """Checks that the caller got this text during the call."""
        __tracebackhide__ = True
        check_in_order([text], [each for _, each in self.texts], "the caller gets another text")
        return self

    def ends(self) -> PlayedCall:
        """Checks that the call has ended."""
        __tracebackhide__ = True
        if self._waiting is not None:
            raise AssertionError(f"the call should end, but {self._state()}")
        return self

    def _at(self, tag: str, attempt: str) -> Element:
        __tracebackhide__ = True
        if self._waiting is None or self._waiting.tag != tag:
            raise AssertionError(f"{attempt}, but {self._state()}")
        return self._waiting

    def _state(self) -> str:
        """Where the call is, in words, with what the caller heard last."""
        said = "".join(f"\n  {sentence}" for sentence in self.heard) or "\n  (nothing)"
        state = f"the call is at <{self._waiting.tag}>" if self._waiting is not None else "the call has ended"
        return f"{state}. The caller has heard:{said}"

    def _input(self, verb: Element, **form: str) -> PlayedCall:
        __tracebackhide__ = True
        self.heard = []
        # Without an action Twilio requests the document again, but goes on behind a Dial.
        if verb.tag == "Dial" and not verb.get("action"):
            self._perform()
        else:
            self._request(verb.get("action", ""), **form)
        return self

    def _request(self, url: str, **form: str) -> None:
        __tracebackhide__ = True
        self._waiting = None
        self._fetch(url, form)
        for _ in range(MOST_REQUESTS):
            redirect = self._perform_document()
            if redirect is None:
                return
            self._fetch(redirect, {})
        raise AssertionError(f"{MOST_REQUESTS} redirects without input, the last to {self._target}")

    def _perform(self) -> None:
        """Goes on behind the verb that the call waited in."""
        __tracebackhide__ = True
        redirect = self._perform_document()
        if redirect is not None:
            self._request(redirect)

    def _perform_document(self) -> str | None:
        """Performs verbs up to one that waits, or to the end. Returns the URL of a Redirect."""
        self._waiting = None
        while self._verbs:
            verb = self._verbs.pop(0)
            self.heard += [spoken(each) for each in verb.iter() if each.tag in ("Say", "Play")]
            if verb.tag in WAITING:
                self._waiting = verb
                return None
            if verb.tag == "Redirect":
                return (verb.text or "").strip()
            if verb.tag in ("Sms", "Message"):
                self.texts.append((verb.get("to", self._parties["From"]), spoken(verb)))
            if verb.tag in ENDING:
                self._verbs = []
        return None

    def _fetch(self, url: str, form: dict[str, str]) -> None:
        __tracebackhide__ = True
        self._target = urljoin(self._target, url)
        self.document = self._answer(form)
        self._verbs = list(ElementTree.fromstring(self.document))  # noqa: S314  # checked by the product

    def _answer(self, form: dict[str, str]) -> str:
        __tracebackhide__ = True
        parts = urlsplit(self._target)
        sent = {name: [value] for name, value in (self._parties | form).items()}
        verified = Verified(Form.parse(parts.query), Form(sent))
        if parts.path.startswith(FLOWS):
            ran = run_flow(answer_call(self._files.around(self._now), parts.path.removeprefix(FLOWS), verified))
            self.events += (event for event in ran.events if isinstance(event, TeamEvent))
            return ran.document
        route = parts.path.removeprefix(VOICE)
        if parts.netloc or route not in voice.ROUTES:
            raise AssertionError(f"the call goes on at {self._target}, which a test cannot request")
        call = IncomingCall.from_verified(verified)
        return voice.answer(route, VoiceRequest.of(call, verified.query, self._files.numbers, self._now, ORIGIN))


def spoken(verb: Element) -> str:
    """Returns the text of a verb, that of SSML within it too."""
    return "".join(verb.itertext()).strip()


def _address(noun: Element) -> str:
    """What a Dial rings: the identity of a browser client with parameters, else the noun's text."""
    return (noun.findtext("Identity") or noun.text or "").strip()
