"""The readable record of a call or a text: each webhook, its TwiML, and what the TwiML does, in sentences."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

from local.twilio.webhooks import Answer, path_of


@dataclass
class TranscriptStep:
    """One request to the app, its answer, and sentences about what follows. `method` "" means no request."""

    summary: str
    method: str
    path: str
    status: int
    milliseconds: int
    twiml: str
    problems: tuple[str, ...] = ()
    sentences: list[str] = field(default_factory=list)


class Transcript:
    """The steps in their order."""

    def __init__(self) -> None:
        self.steps: list[TranscriptStep] = []

    def begin(self, summary: str, answer: Answer, problems: tuple[str, ...] = ()) -> None:
        """Begin the step of an answered request. Later sentences belong to it."""
        self.steps.append(
            TranscriptStep(
                summary=summary,
                method=answer.method,
                path=path_of(answer.url),
                status=answer.status,
                milliseconds=answer.milliseconds,
                twiml=answer.text if answer.ok else "",
                problems=problems,
            )
        )

    def begin_inline(self, twiml: str, problems: tuple[str, ...]) -> None:
        """Begin the step of TwiML that came with the request for the call."""
        self.steps.append(TranscriptStep("the call's own TwiML", "", "", 0, 0, twiml, problems))

    def add(self, sentence: str) -> None:
        """Add a sentence to the current step."""
        if not self.steps:
            self.steps.append(TranscriptStep("", "", "", 0, 0, ""))
        self.steps[-1].sentences.append(sentence)

    def to_json(self) -> list[dict[str, object]]:
        """Return the JSON for the control API."""
        return [asdict(each) for each in self.steps]
