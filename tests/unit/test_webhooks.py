"""Twilio's documented webhooks, read into structs."""

import pytest

from switchboard.errors import WebhookIncomplete
from switchboard.events import Media
from switchboard.form import Form, Verified
from switchboard.status_updates import RecordingUpdate, StatusUpdate
from switchboard.webhooks import IncomingCall, IncomingMessage
from tests import payloads


def verified(name: str, **changed: str) -> Verified:
    """A recorded webhook after its signature check."""
    payload = payloads.read(name, **changed)
    form = Form({key: [value] for key, value in payload.form.items()})
    return Verified(Form.parse(payload.path.partition("?")[2]), form)


def test_an_incoming_call_says_who_calls_whom() -> None:
    """The first webhook: no digits, no queue."""
    call = IncomingCall.from_verified(verified("incoming_call"))
    assert (call.caller, call.called, call.direction) == ("+15005550010", "+15005550001", "inbound")
    assert call.sid.startswith("CA")
    assert (call.digits, call.speech, call.queue_position, call.bridged) == ("", "", 0, False)


def test_a_call_by_get_is_read_from_the_query() -> None:
    """A number may be configured for GET."""
    query = Form({name: [value] for name, value in payloads.read("incoming_call").form.items()})
    assert IncomingCall.from_verified(Verified(query, Form())).caller == "+15005550010"


def test_a_choice_by_key_is_its_digits() -> None:
    """The state of the call travels in its URLs, and is read by the feature."""
    assert IncomingCall.from_verified(verified("gather_digits")).digits == "1"


def test_a_choice_by_word_is_twilios_speech_result() -> None:
    """With Twilio's punctuation."""
    assert IncomingCall.from_verified(verified("gather_speech")).speech == "Leave a message, please."


def test_the_end_of_a_dial_has_its_status() -> None:
    """DialCallStatus, not the status of the call that continues."""
    assert IncomingCall.from_verified(verified("dial_no_answer")).dial_status == "no-answer"


def test_the_end_of_a_wait_has_its_result() -> None:
    """QueueResult is the reason for leaving the queue."""
    assert IncomingCall.from_verified(verified("enqueue_left")).queue_result == "leave"


def test_a_waiting_call_has_its_position_and_its_time() -> None:
    """A position from 1, and seconds."""
    call = IncomingCall.from_verified(verified("hold"))
    assert (call.queue_position, call.queue_seconds) == (2, 35)


@pytest.mark.parametrize("value", ["", "-1", "1.5", "two", "٣", "1e3", " 1", "9999999999", "²"])
def test_an_invalid_number_is_zero(value: str) -> None:
    """An unexpected value does not end a call."""
    assert IncomingCall.from_verified(verified("hold", QueuePosition=value)).queue_position == 0


def test_an_incoming_text_has_its_body_unchanged() -> None:
    """With accents and emoji."""
    message = IncomingMessage.from_form(verified("incoming_text").form)
    assert message.body == "Olá! Are you open on Sunday? 😀"
    assert (message.sender, message.recipient, message.media) == ("+15005550010", "+15005550001", ())


@pytest.mark.parametrize(
    ("parameters", "is_tap"),
    [
        ({"MessageType": "button", "ButtonPayload": "cancel_42"}, True),
        ({"ButtonPayload": "cancel_42"}, True),
        ({"ButtonText": "Cancel"}, True),
        ({"MessageType": "interactive", "ListId": "3"}, True),
        ({"MessageType": "text"}, False),
        ({}, False),
    ],
)
def test_a_tap_on_a_button_or_list_is_not_typed(parameters: dict[str, str], is_tap: bool) -> None:
    """By any of the parameters that Twilio adds then."""
    form = verified("incoming_text", From="whatsapp:+15005550010", Body="Cancel").form
    message = IncomingMessage.from_form(Form({**form, **{name: [value] for name, value in parameters.items()}}))
    assert message.is_tap is is_tap
    assert message.opt_out_keyword == ""


def test_a_picture_message_has_its_media_in_order() -> None:
    """Each with its URL at Twilio, and its type."""
    form = verified("incoming_mms").form
    media = IncomingMessage.from_form(form).media
    assert [item.content_type for item in media] == ["image/jpeg", "application/pdf"]
    assert media[1] == Media(form.text("MediaUrl1"), "application/pdf")


@pytest.mark.parametrize("count", ["999999999", "11", "-1", "many"])
def test_a_count_of_media_that_is_wrong_is_kept_as_a_parameter(count: str) -> None:
    """The media that are there are read."""
    message = IncomingMessage.from_form(verified("incoming_mms", NumMedia=count).form)
    assert (len(message.media), message.parameters["NumMedia"]) == (2, count)


def test_media_are_ten_at_most() -> None:
    """Twilio's limit: an eleventh stays among the parameters."""
    more = {f"MediaUrl{index}": f"https://example.com/{index}" for index in range(11)}
    message = IncomingMessage.from_form(verified("incoming_mms", NumMedia="11", **more).form)
    assert (len(message.media), message.parameters["MediaUrl10"]) == (10, "https://example.com/10")


def test_a_stop_by_advanced_opt_out_has_its_type() -> None:
    """In any language."""
    message = IncomingMessage.from_form(verified("incoming_stop").form)
    assert (message.opt_out, message.body) == ("STOP", "Parar")
    assert message.messaging_service_sid.startswith("MG")


def test_a_text_without_its_sid_is_incomplete() -> None:
    """Its event would have no stable id."""
    with pytest.raises(WebhookIncomplete, match="MessageSid is missing"):
        IncomingMessage.from_form(verified("incoming_text", MessageSid="", SmsMessageSid="", SmsSid="").form)


@pytest.mark.parametrize("name", [name for name in payloads.NAMES if name.startswith("text_")])
def test_a_text_has_twilios_status(name: str) -> None:
    """Each status, with the `id` of our URL."""
    update = StatusUpdate.of_message(verified(name))
    assert update.status == name.removeprefix("text_")
    assert update.callback_id == "0123456789abcdef0123456789abcdef.0.t1"
    assert update.recipient == "+15005550010"


@pytest.mark.parametrize(("name", "code"), [("text_undelivered", 30003), ("text_failed", 30007), ("text_sent", 0)])
def test_a_failed_text_has_an_error_code(name: str, code: int) -> None:
    """Twilio's code, 0 without one."""
    assert StatusUpdate.of_message(verified(name)).error_code == code


@pytest.mark.parametrize("name", [name for name in payloads.NAMES if name.startswith("call_")])
def test_a_call_has_twilios_status(name: str) -> None:
    """Each status of a call."""
    assert StatusUpdate.of_call(verified(name)).status == name.removeprefix("call_").replace("_", "-")


def test_an_ended_call_has_its_duration() -> None:
    """CallDuration in seconds, not Duration in minutes."""
    assert StatusUpdate.of_call(verified("call_completed")).duration == 42


def test_an_unknown_status_is_accepted() -> None:
    """Twilio adds statuses."""
    assert StatusUpdate.of_message(verified("text_sent", MessageStatus="teleported")).status == "teleported"


@pytest.mark.parametrize(("missing", "older"), [("MessageSid", "SmsSid"), ("MessageStatus", "SmsStatus")])
def test_a_status_of_a_text_needs_sid_and_status(missing: str, older: str) -> None:
    """There would be nothing to publish, by the older name either."""
    with pytest.raises(WebhookIncomplete, match=missing):
        StatusUpdate.of_message(verified("text_sent", **{missing: "", older: ""}))


def test_a_sid_beyond_all_measure_is_refused() -> None:
    """It is part of the event's id, which is never cut."""
    with pytest.raises(WebhookIncomplete, match="MessageSid has more than 1000 characters"):
        IncomingMessage.from_form(verified("incoming_text", MessageSid="S" * 1001).form)


@pytest.mark.parametrize("missing", ["CallSid", "CallStatus"])
def test_a_status_of_a_call_needs_sid_and_status(missing: str) -> None:
    """There would be nothing to publish."""
    with pytest.raises(WebhookIncomplete, match=missing):
        StatusUpdate.of_call(verified("call_completed", **{missing: ""}))


def test_a_recording_has_its_url_and_duration() -> None:
    """And the SID of its call."""
    update = RecordingUpdate.from_form(verified("recording_completed").form)
    assert (update.status, update.duration) == ("completed", 17)
    assert update.url.endswith(update.sid)
    assert update.call_sid.startswith("CA")


def test_an_absent_recording_has_no_url() -> None:
    """The caller was silent."""
    update = RecordingUpdate.from_form(verified("recording_absent").form)
    assert (update.status, update.url) == ("absent", "")


@pytest.mark.parametrize("missing", ["RecordingSid", "RecordingStatus"])
def test_a_status_of_a_recording_needs_sid_and_status(missing: str) -> None:
    """There would be nothing to publish."""
    with pytest.raises(WebhookIncomplete, match=missing):
        RecordingUpdate.from_form(verified("recording_completed", **{missing: ""}).form)
