"""A call by the interpreter of numbers.toml, in process: what is answered at each webhook, and what follows."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import parse_qs, urljoin, urlsplit
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from switchboard import voice
from switchboard.form import Form, Verified
from switchboard.numbers import Numbers
from switchboard.voice import VoiceRequest
from switchboard.webhooks import IncomingCall
from tests.numbers_files import FRONT_DESK, numbers

CALLER = "+351910000077"
ORIGIN = "https://voice.fabrikam.net"
# A Tuesday.
NOW = datetime(2026, 12, 22, 10, tzinfo=UTC)
BASE = "/api/voice/"


def read(document: str) -> Element:
    """A TwiML document; it is well-formed and has the root that Twilio requires."""
    root = ElementTree.fromstring(document)  # noqa: S314  # our own document
    assert root.tag == "Response"
    return root


def verbs(document: str) -> list[str]:
    """The verbs at the top of a document, in order."""
    return [verb.tag for verb in read(document)]


def said(document: str) -> list[str]:
    """Everything that is spoken, played or texted, within a Gather too."""
    return [verb.text or "" for verb in read(document).iter() if verb.tag in ("Say", "Play", "Message")]


def only(document: str, tag: str) -> Element:
    """The one verb or noun of this name."""
    (found,) = read(document).iter(tag)
    return found


def rung(document: str) -> list[str]:
    """What the one Dial rings: numbers, and identities of browser clients."""
    return [noun.findtext("Identity") or noun.text or "" for noun in only(document, "Dial")]


def query_of(url: str) -> dict[str, str]:
    """The parameters of a URL."""
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query, keep_blank_values=True).items()}


def respond(read_numbers: Numbers, target: str, now: datetime = NOW, **form: str) -> str:
    """The answer to one webhook: `target` is the path with its query, `form` what Twilio sends."""
    parts = urlsplit(target)
    verified = Verified(Form.parse(parts.query), Form({name: [value] for name, value in form.items()}))
    call = IncomingCall.from_verified(verified)
    request = VoiceRequest.of(call, verified.query, read_numbers, now, ORIGIN)
    return voice.answer(parts.path.removeprefix(BASE), request)


@dataclass
class Call:
    """A call from `caller` to `called`. `document` is the last answer; each method returns the next one.

    `text` is a numbers.toml. The parameters are those that the calling leg sends with each webhook.
    """

    text: str
    caller: str = CALLER
    called: str = FRONT_DESK
    direction: str = "inbound"
    now: datetime = NOW
    document: str = field(default="", init=False)
    target: str = field(default="", init=False)
    settings: dict[str, str] | None = None

    def __post_init__(self) -> None:
        self.numbers = numbers(self.text, self.settings)

    def start(self, target: str = f"{BASE}incoming") -> str:
        """The first webhook."""
        return self.post(target)

    def post(self, target: str, **form: str) -> str:
        """A webhook at a URL that is relative to the last one."""
        self.target = urljoin(self.target, target)
        form = {"CallSid": "CA1", "From": self.caller, "To": self.called, "Direction": self.direction} | form
        self.document = respond(self.numbers, self.target, self.now, **form)
        return self.document

    def press(self, key: str) -> str:
        """A key during the Gather."""
        return self.post(only(self.document, "Gather").attrib["action"], Digits=key)

    def speak(self, words: str) -> str:
        """Speech during the Gather."""
        return self.post(only(self.document, "Gather").attrib["action"], SpeechResult=words)

    def silent(self) -> str:
        """No input: what stands behind the Gather."""
        return self.post(only(self.document, "Redirect").text or "")

    def dial_ends(self, status: str = "no-answer", *, bridged: bool = False) -> str:
        """The action of the Dial."""
        form = {"DialCallStatus": status, "DialBridged": str(bridged).lower()}
        return self.post(only(self.document, "Dial").attrib["action"], **form)

    def wait(self, **form: str) -> str:
        """The first document that a waiting caller hears. The call itself stays where it was."""
        return respond(
            self.numbers, urljoin(self.target, only(self.document, "Enqueue").attrib["waitUrl"]), self.now, **form
        )

    def wait_ends(self, result: str, seconds: int = 0) -> str:
        """The action of the Enqueue."""
        action = only(self.document, "Enqueue").attrib["action"]
        return self.post(action, QueueResult=result, QueueTime=str(seconds))

    def screened(self, **form: str) -> str:
        """The document of the leg of the one agent with a phone, whose number the Dial shows the caller ID to."""
        dial, number = only(self.document, "Dial"), only(self.document, "Number")
        form = {"From": dial.get("callerId", ""), "To": number.text or "", "Direction": "outbound-dial"} | form
        return respond(self.numbers, urljoin(self.target, number.attrib["url"]), self.now, **form)

    @property
    def said(self) -> list[str]:
        """What the last answer says."""
        return said(self.document)

    @property
    def verbs(self) -> list[str]:
        """The verbs of the last answer."""
        return verbs(self.document)
