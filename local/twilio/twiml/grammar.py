"""The grammar of TwiML: the attributes and children of each element. https://www.twilio.com/docs/voice/twiml

A test compares it with the verbs and attributes of Twilio's own library.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from local.twilio.twiml.document import Element


@dataclass(frozen=True)
class Rule:
    """The attributes and children that one element may have."""

    attributes: frozenset[str]
    children: frozenset[str]


Grammar = Mapping[str, Rule]


def _rule(attributes: str = "", children: str = "") -> Rule:
    return Rule(frozenset(attributes.split()), frozenset(children.split()))


_SSML = "break emphasis lang p phoneme prosody s say-as sub w amazon:effect amazon:domain"
_CALLBACK = "statusCallback statusCallbackMethod statusCallbackEvent"
_RECORDING = (
    "recordingStatusCallback recordingStatusCallbackMethod recordingStatusCallbackEvent recordingConfigurationId"
)
_MACHINE = (
    "machineDetection amdStatusCallback amdStatusCallbackMethod machineDetectionTimeout"
    " machineDetectionSpeechThreshold machineDetectionSpeechEndThreshold machineDetectionSilenceTimeout"
)
_STREAMS = "Stream Siprec Transcription Recording"

VOICE: Grammar = {
    "Response": _rule(
        children="Connect Dial Echo Enqueue Gather Hangup Leave Pause Pay Play Prompt Queue Record Redirect Refer"
        " Reject Say Sms Start Stop"
    ),
    "Say": _rule("voice language loop", _SSML),
    "Play": _rule("loop digits"),
    "Pause": _rule("length"),
    "Gather": _rule(
        "input action method timeout speechTimeout maxSpeechTime profanityFilter finishOnKey numDigits"
        " partialResultCallback partialResultCallbackMethod language hints bargeIn debug actionOnEmptyResult"
        " speechModel enhanced",
        "Say Play Pause",
    ),
    "Record": _rule(
        "action method timeout finishOnKey maxLength playBeep trim transcribe transcribeCallback " + _RECORDING
    ),
    "Dial": _rule(
        "action method timeout hangupOnStar timeLimit callerId record trim answerOnBridge ringTone recordingTrack"
        " sequential referUrl referMethod events passports " + _RECORDING,
        "Application Client Conference Number Queue Sim Sip WhatsApp",
    ),
    "Number": _rule(f"url method sendDigits byoc {_CALLBACK} {_MACHINE}"),
    "Client": _rule(f"url method {_CALLBACK}", "Identity Parameter"),
    "Identity": _rule(),
    "Parameter": _rule("name value"),
    "Conference": _rule(
        "muted beep startConferenceOnEnter endConferenceOnExit waitUrl waitMethod maxParticipants record region coach"
        f" trim eventCallbackUrl jitterBufferSize participantLabel {_CALLBACK} {_RECORDING}"
    ),
    "Queue": _rule("url method reservationSid postWorkActivitySid"),
    "Sip": _rule(f"username password url method {_CALLBACK} {_MACHINE}", "Uri Headers"),
    "Sim": _rule(),
    "WhatsApp": _rule(f"url method {_CALLBACK}"),
    "Application": _rule(f"url method customerId copyParentTo {_CALLBACK}", "ApplicationSid Parameter"),
    "ApplicationSid": _rule(),
    "Enqueue": _rule("action maxQueueSize method waitUrl waitUrlMethod workflowSid", "Task"),
    "Task": _rule("priority timeout"),
    "Leave": _rule(),
    "Redirect": _rule("method"),
    "Reject": _rule("reason", "Parameter"),
    "Hangup": _rule(children="Parameter"),
    "Sms": _rule("to from action method statusCallback"),
    "Echo": _rule(),
    "Connect": _rule(
        "action method",
        "AiSession Assistant Autopilot Conversation ConversationRelay ConversationRelaySession Room Stream"
        " VirtualAgent",
    ),
    "Start": _rule("action method", _STREAMS),
    "Stop": _rule(children=_STREAMS),
    "Refer": _rule("action method", "Sip ReferSip"),
    "Prompt": _rule("for errorType cardType attempt requireMatchingInputs", "Say Play Pause"),
    "Pay": _rule(
        "input action method bankAccountType statusCallback statusCallbackMethod timeout maxAttempts securityCode"
        " postalCode minPostalCodeLength paymentConnector paymentMethod tokenType chargeAmount currency description"
        " validCardTypes language",
        "Prompt Parameter",
    ),
}

MESSAGING: Grammar = {
    "Response": _rule(children="Message Redirect"),
    "Message": _rule("to from action method statusCallback", "Body Media"),
    "Body": _rule(),
    "Media": _rule(),
    "Redirect": _rule("method"),
}


def check(root: Element, grammar: Grammar) -> list[str]:
    """Return the warnings of Twilio's debugger: 12200 for each verb, noun or attribute that it does not know."""
    return list(_warnings(root, grammar))


def _warnings(element: Element, grammar: Grammar) -> Iterator[str]:
    rule = grammar[element.name]
    for name in element.attributes:
        if name not in rule.attributes:
            yield f"12200 Schema validation warning: <{element.name}> has no attribute {name}"
    for child in element.children:
        if child.name not in rule.children:
            yield f"12200 Schema validation warning: <{child.name}> is not known in <{element.name}>"
        elif child.name in grammar:
            yield from _warnings(child, grammar)
