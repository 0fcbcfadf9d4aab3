"""The events that Switchboard publishes on the queue `events`: CloudEvents 1.0 in JSON, one struct per type.

The id is stable: the same fact published twice has the same id, so a consumer ignores ids that it has seen. Twilio's
retries and a crash of ours publish an event twice. docs/contract.md has every field, schemas/ the JSON Schema.

Structs only: the functions that make an event are beside the webhook or the record that it is made from. A new type is
an envelope and a data struct here, and a member of `AnyEvent`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, get_args

import msgspec
from msgspec import UNSET, Meta, UnsetType, field

Sid = Annotated[str, Meta(description="Twilio's SID of the text, call or recording")]
CallSid = Annotated[str, Meta(description="Twilio's SID of the call")]
State = Annotated[str, Meta(description="Twilio's status, known to Switchboard or not")]
Sender = Annotated[str, Meta(description="the sender, as Twilio writes it")]
Recipient = Annotated[str, Meta(description="the recipient, as Twilio writes it")]
Service = Annotated[str, Meta(description="the SID of the messaging service")]
NumberName = Annotated[str, Meta(description="the name of the number in numbers.toml")]
QueueName = Annotated[str, Meta(description="the name of the queue in numbers.toml")]
Segments = Annotated[int, Meta(description="the number of segments")]
Direction = Annotated[str, Meta(description="Twilio's word: `inbound`, `outbound-api` …")]
Seconds = Annotated[int | None, Meta(description="whole seconds")]
CommandId = Annotated[str, Meta(description="the `id` of the command; absent when no command created it")]
ErrorCode = Annotated[int, Meta(description="Twilio's error code, absent without one")]
Retryable = Annotated[
    bool | None, Meta(description="whether the same command may succeed when it is sent again; only with an error code")
]
Moment = Annotated[datetime, Meta(tz=True)]
Observed = Annotated[
    Moment | None,
    Meta(description="when Switchboard observed it; differs when the same event is published again"),
]


class Data(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The data of an event. Fields that do not apply are absent from the JSON."""

    truncated: Annotated[
        tuple[str, ...],
        Meta(
            description="what was cut so that the event fits a queue message: `body`, `parameters.<name>`; "
            "`parameters.*` for more parameters than can be named"
        ),
    ] = ()


class WebhookData(Data, frozen=True, kw_only=True, omit_defaults=True):
    """The data of an event that is made from a webhook of Twilio's."""

    parameters: Annotated[
        dict[str, str],
        Meta(description="every parameter of Twilio's webhook that has no field here; repeated values, one a line"),
    ] = {}


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """A CloudEvents envelope. Its attributes are always written, `subject` excepted. The publisher sets `source`."""

    specversion: Annotated[Literal["1.0"], Meta(description="the version of CloudEvents")] = "1.0"
    id: Annotated[str, Meta(min_length=1, description="stable: the same fact published twice has the same id")]
    source: Annotated[str, Meta(min_length=1, description="`/switchboard/<account SID>`")] = ""
    time: Annotated[
        Moment,
        Meta(
            description="Twilio's time; where Twilio says none, when the command was first claimed or queued; else the "
            "moment of publishing (`sms.received`, and the status of a text that no command created)"
        ),
    ]
    subject: Annotated[
        Annotated[str, Meta(min_length=1)] | UnsetType,
        Meta(description="the SID, or the queue's prefix and the command's id: `sms:t1`"),
    ] = UNSET
    datacontenttype: Annotated[Literal["application/json"], Meta(description="the type of `data`")] = "application/json"
    data: Data


class Media(msgspec.Struct, frozen=True):
    """A picture or file of a text."""

    url: Annotated[str, Meta(description="its URL at Twilio")]
    content_type: Annotated[str, Meta(description="its MIME type")]


class SmsReceivedData(WebhookData, frozen=True, kw_only=True, omit_defaults=True):
    """An incoming text."""

    sid: Sid
    sender: Sender = field(default="", name="from")
    recipient: Recipient = field(default="", name="to")
    body: Annotated[str, Meta(description="the text")] = ""
    media: Annotated[tuple[Media, ...], Meta(description="pictures and files, in order")] = ()
    num_segments: Segments = 0
    messaging_service_sid: Service = ""
    opt_out: Annotated[str, Meta(description="`STOP`, `START` or `HELP`, where Advanced Opt-Out recognized one")] = ""


class SmsStatusData(WebhookData, frozen=True, kw_only=True, omit_defaults=True):
    """A text has a new state."""

    sid: Sid
    state: State
    sender: Sender = field(default="", name="from")
    recipient: Recipient = field(default="", name="to")
    messaging_service_sid: Service = ""
    num_segments: Segments = 0
    direction: Direction = ""
    command_id: CommandId = ""
    error_code: ErrorCode = 0
    retryable: Retryable = None
    observed_at: Observed = None


class CallStatusData(WebhookData, frozen=True, kw_only=True, omit_defaults=True):
    """A call has a new state."""

    sid: Sid
    state: State
    sender: Sender = field(default="", name="from")
    recipient: Recipient = field(default="", name="to")
    direction: Direction = ""
    duration: Seconds = None
    answered_by: Annotated[str, Meta(description="who answered, where the call detects machines: `human` …")] = ""
    recording_url: Annotated[str, Meta(description="the URL of the call's recording, where Twilio sends it")] = ""
    command_id: CommandId = ""
    error_code: ErrorCode = 0
    retryable: Retryable = None
    observed_at: Observed = None


class RecordingStatusData(WebhookData, frozen=True, kw_only=True, omit_defaults=True):
    """A recording was made, or could not be made."""

    sid: Sid
    state: Annotated[str, Meta(description="`in-progress`, `completed`, `absent` or `failed`")]
    call_sid: CallSid = ""
    url: Annotated[str, Meta(description="the URL of the recording")] = ""
    duration: Seconds = None
    error_code: ErrorCode = 0


class VoicemailReceivedData(WebhookData, frozen=True, kw_only=True, omit_defaults=True):
    """A caller left a message."""

    sid: Annotated[str, Meta(description="the SID of the recording")]
    call_sid: CallSid = ""
    sender: Sender = field(default="", name="from")
    recipient: Recipient = field(default="", name="to")
    url: Annotated[str, Meta(description="the URL of the recording")] = ""
    duration: Seconds = None
    number: NumberName = ""
    email: Annotated[str, Meta(description="the recipient that the Twimlet's URL names")] = ""


class VoicemailTranscribedData(WebhookData, frozen=True, kw_only=True, omit_defaults=True):
    """Twilio transcribed a message, or failed to."""

    sid: Annotated[str, Meta(description="the SID of the recording, as in `switchboard.voicemail.received`")]
    state: Annotated[str, Meta(description="`completed` or `failed`")]
    call_sid: CallSid = ""
    sender: Sender = field(default="", name="from")
    recipient: Recipient = field(default="", name="to")
    url: Annotated[str, Meta(description="the URL of the recording")] = ""
    number: NumberName = ""
    email: Annotated[str, Meta(description="the recipient that the Twimlet's URL names")] = ""
    transcription: Annotated[str, Meta(description="the message as text")] = ""


class QueueWaitingData(WebhookData, frozen=True, kw_only=True, omit_defaults=True):
    """A caller began to wait in a queue."""

    call_sid: CallSid
    queue: QueueName
    sender: Sender = field(default="", name="from")
    recipient: Recipient = field(default="", name="to")
    number: NumberName = ""
    position: Annotated[int, Meta(description="1 for the next caller")] = 0
    size: Annotated[int, Meta(description="the number of callers in the queue, with this one")] = 0


class QueueLeftData(WebhookData, frozen=True, kw_only=True, omit_defaults=True):
    """A caller waits no longer."""

    call_sid: CallSid
    queue: QueueName
    result: Annotated[str, Meta(description="Twilio's QueueResult: `bridged`, `leave`, `hangup` …")]
    sender: Sender = field(default="", name="from")
    recipient: Recipient = field(default="", name="to")
    number: NumberName = ""
    duration: Seconds = None


class CommandEndedData(Data, frozen=True, kw_only=True, omit_defaults=True):
    """A command ended without Twilio, or with an outcome that stays unknown."""

    state: Annotated[
        str,
        Meta(
            description="`refused` by Switchboard, `rejected` by Twilio, `opted_out`, `expired` (its time ran out) or "
            "`unresolved` (an operator decides)"
        ),
    ]
    sender: Annotated[str, Meta(description="the number or name that the command was to be sent from")] = field(
        default="", name="from"
    )
    recipient: Annotated[str, Meta(description="the command's `to`")] = field(default="", name="to")
    messaging_service_sid: Service = ""
    queue: Annotated[str, Meta(description="the queue that the command came from")] = ""
    message_id: Annotated[str, Meta(description="the id of the queue message, where the end comes from one")] = ""
    command_id: Annotated[str, Meta(description="the `id` of the command, else that of its first queue message")] = ""
    reason: Annotated[str, Meta(description='why: `to: not E.164: "0912"`')] = ""
    error_code: ErrorCode = 0
    observed_at: Observed = None


class CommandDuplicateData(Data, frozen=True, kw_only=True, omit_defaults=True):
    """Twilio created a second text or call for one command."""

    sid: Annotated[str, Meta(description="the SID of the second text or call")]
    sender: Sender = field(default="", name="from")
    recipient: Recipient = field(default="", name="to")
    messaging_service_sid: Service = ""
    command_id: CommandId = ""
    observed_at: Observed = None


class SmsReceived(Event, frozen=True, kw_only=True, tag="switchboard.sms.received"):
    """An incoming text. The id is `sms.received:<SID>`."""

    data: SmsReceivedData


class SmsStatus(Event, frozen=True, kw_only=True, tag="switchboard.sms.status"):
    """A text has a new state.

    The id is `sms.status:<recipient's hash>:sms:<command id>:<attempt>:<state>`, or `sms.status:<SID>:<state>` for a
    text that no command created. States never go backwards: a late or repeated status is not published.
    """

    data: SmsStatusData


class CallStatus(Event, frozen=True, kw_only=True, tag="switchboard.call.status"):
    """A call has a new state; `completed`, `busy`, `no-answer`, `failed` and `canceled` end it.

    The id is `call.status:<recipient's hash>:call:<command id>:<attempt>:<state>`, or `call.status:<SID>:<state>` for a
    call that no command created.
    """

    data: CallStatusData


class RecordingStatus(Event, frozen=True, kw_only=True, tag="switchboard.recording.status"):
    """A recording was made, or could not be made. The id is `recording.status:<SID>:<state>`."""

    data: RecordingStatusData


class VoicemailReceived(Event, frozen=True, kw_only=True, tag="switchboard.voicemail.received"):
    """A caller left a message. The id is `voicemail.received:<SID>`."""

    data: VoicemailReceivedData


class VoicemailTranscribed(Event, frozen=True, kw_only=True, tag="switchboard.voicemail.transcribed"):
    """Twilio transcribed a message, or failed to. The id is `voicemail.transcribed:<SID>`."""

    data: VoicemailTranscribedData


class QueueWaiting(Event, frozen=True, kw_only=True, tag="switchboard.queue.waiting"):
    """A caller began to wait in a queue. The id is `queue.waiting:<call SID>:<count of queues joined in this call>`."""

    data: QueueWaitingData


class QueueLeft(Event, frozen=True, kw_only=True, tag="switchboard.queue.left"):
    """A caller waits no longer. The id is `queue.left:<call SID>:<count of queues joined in this call>`."""

    data: QueueLeftData


class CommandEnded(Event, frozen=True, kw_only=True, tag="switchboard.command.ended"):
    """A command ended without Twilio, or with an outcome that stays unknown.

    The id is `command.ended:<recipient's hash>:<sms or call>:<command id>:<attempt>:<state>`, or
    `command.ended:<message id>:refused` for a message that is not a valid command.
    """

    data: CommandEndedData


class CommandDuplicate(Event, frozen=True, kw_only=True, tag="switchboard.command.duplicate"):
    """Twilio created a second text or call for one command.

    The id is `command.duplicate:<recipient's hash>:<sms or call>:<command id>:<attempt>:<SID>`.
    """

    data: CommandDuplicateData


AnyEvent = (
    SmsReceived
    | SmsStatus
    | CallStatus
    | RecordingStatus
    | VoicemailReceived
    | VoicemailTranscribed
    | QueueWaiting
    | QueueLeft
    | CommandEnded
    | CommandDuplicate
)
EVENT_TYPES: tuple[type[AnyEvent], ...] = get_args(AnyEvent)


def type_of(event: type[Event] | Event) -> str:
    """Returns the CloudEvents `type` of an event or of its struct."""
    return str(event.__struct_config__.tag)
