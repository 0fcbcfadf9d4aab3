"""What happened in a call or a text, for a person to read: each webhook, its TwiML, and what that means."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

from local.twilio.webhooks import Answer, path_of


@dataclass
class Round:
    """One request to the app, its answer, and in sentences what came of it. No method: TwiML given by other means."""

    summary: str
    method: str
    path: str
    status: int
    milliseconds: int
    twiml: str
    problems: tuple[str, ...] = ()
    sentences: list[str] = field(default_factory=list)


class Transcript:
    """The rounds in their order."""

    def __init__(self) -> None:
        self.rounds: list[Round] = []

    def begin(self, summary: str, answer: Answer, problems: tuple[str, ...] = ()) -> None:
        """A request was answered; the sentences that follow belong to it."""
        self.rounds.append(
            Round(
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
        """TwiML came with the request that made the call."""
        self.rounds.append(Round("the call's own TwiML", "", "", 0, 0, twiml, problems))

    def tell(self, sentence: str) -> None:
        """Add a sentence."""
        if not self.rounds:
            self.rounds.append(Round("", "", "", 0, 0, ""))
        self.rounds[-1].sentences.append(sentence)

    def to_json(self) -> list[dict[str, object]]:
        """As the control API answers it."""
        return [asdict(each) for each in self.rounds]
