"""Messages.json and Messages/{sid}.json. https://www.twilio.com/docs/messaging/api/message-resource"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from local.twilio import resources
from local.twilio.account import newest_first
from local.twilio.addresses import can_be_texted, is_e164, is_sender, is_sender_name, normalise
from local.twilio.errors import RestError, bad_request, not_found, unfinished
from local.twilio.exchange import Exchange
from local.twilio.form import Form, is_web_url
from local.twilio.numbers import whole
from local.twilio.records import ENDED_TEXT, Media, Message

LONGEST_BODY = 1600
MOST_MEDIA = 10
SOONEST, LATEST = timedelta(minutes=15), timedelta(days=35)
LONGEST_VALIDITY = 36_000


def create(exchange: Exchange, form: Form) -> dict[str, object]:
    """Take a text for sending. Raises RestError."""
    to = _recipient(form)
    sender = _sender(exchange, form, to)
    _check_content(form)
    send_at = _send_at(exchange, form)
    _check_recipient(exchange, to, sender)
    service = form.text("MessagingServiceSid")
    message = exchange.account.add_message(
        to=to,
        sender=sender,
        body=form.text("Body"),
        status=_first_status(service, send_at),
        direction="outbound-api",
        media=tuple(Media(url) for url in form.texts("MediaUrl")),
        messaging_service_sid=service,
        status_callback=form.web_url("StatusCallback", 21609),
        send_at=send_at,
    )
    exchange.deliver(message)
    return _show(exchange, message)


def fetch(exchange: Exchange, sid: str, path: str) -> dict[str, object]:
    """One text. Raises RestError."""
    return _show(exchange, _find(exchange, sid, path))


def update(exchange: Exchange, sid: str, path: str, form: Form) -> dict[str, object]:
    """Cancel a scheduled text, or empty the body of one that is done with. Raises RestError."""
    message = _find(exchange, sid, path)
    status = form.text("Status")
    if status and status != "canceled":
        raise bad_request(f"Status can only become canceled, not {status}")
    if status:
        _cancel(exchange, message)
    if form.has("Body"):
        _redact(message, form.text("Body"))
    return _show(exchange, message)


def delete(exchange: Exchange, sid: str, path: str) -> None:
    """Forget a text that is done with. Raises RestError."""
    message = _find(exchange, sid, path)
    if message.status not in ENDED_TEXT:
        raise unfinished("message")
    del exchange.account.messages[sid]


def list_(exchange: Exchange, path: str, query: Mapping[str, str]) -> dict[str, object]:
    """A page of texts, newest first. Filters: To, From, DateSent with `<` and `>`. Raises RestError."""
    sent = resources.Times("DateSent")
    to, sender = normalise(query.get("To", "")), normalise(query.get("From", ""))
    found = [
        message
        for message in newest_first(exchange.account.messages.values())
        if to in ("", message.to) and sender in ("", message.sender) and sent.accept(query, message.sent)
    ]
    return resources.page(found, query, path, "messages", lambda message: _show(exchange, message))


def _recipient(form: Form) -> str:
    to = normalise(form.text("To"))
    if not to:
        raise RestError(21604, "A 'To' phone number is required.")
    if not can_be_texted(to):
        raise RestError(21211, f"Invalid 'To' Phone Number: {to}")
    return to


def _sender(exchange: Exchange, form: Form, to: str) -> str:
    """The `From`, which has to be the account's own; a messaging service sends from the account's number."""
    sender, service = normalise(form.text("From")), form.text("MessagingServiceSid")
    if not sender and not service:
        raise RestError(21603, "A 'From' phone number is required.")
    if service and not (service.startswith("MG") and len(service) == 34):
        raise RestError(21701, f"The Messaging Service does not exist: {service}")
    if not sender:
        channel = "whatsapp:" if to.startswith("whatsapp:") else ""
        return channel + exchange.options.number
    if not is_sender(sender):
        raise RestError(21212, f"Invalid 'From' Number: {sender}")
    own = sender.removeprefix("whatsapp:") == exchange.options.number or is_sender_name(sender)
    if not own:
        raise RestError(21606, f"The 'From' phone number {sender} cannot send texts for this account.")
    return sender


def _check_content(form: Form) -> None:
    body, media = form.text("Body"), form.texts("MediaUrl")
    if not (body or media or form.text("ContentSid")):
        raise RestError(21602, "Message body is required.")
    if len(body) > LONGEST_BODY:
        raise RestError(21617, f"The message body exceeds the {LONGEST_BODY} character limit.")
    if len(media) > MOST_MEDIA:
        raise RestError(21623, f"Number of media files exceeds the limit of {MOST_MEDIA}.")
    if not all(is_web_url(url) for url in media):
        raise RestError(21620, "Invalid media URL(s).")
    validity = form.text("ValidityPeriod")
    if validity and not 1 <= (whole(validity) or 0) <= LONGEST_VALIDITY:
        raise RestError(21624, f"Invalid validity period: {validity}")


def _send_at(exchange: Exchange, form: Form) -> datetime | None:
    """When a text is to go; like Twilio, only a service can wait, and 15 minutes at least."""
    if form.text("ScheduleType") != "fixed":
        return None
    if not form.text("MessagingServiceSid"):
        raise RestError(35118, "MessagingServiceSid is required to schedule a message.")
    ahead = _time(form.text("SendAt")) - exchange.account.clock()
    if not SOONEST <= ahead <= LATEST:
        raise RestError(35114, "SendAt must be 15 minutes to 35 days in the future.")
    return exchange.account.clock() + ahead


def _time(text: str) -> datetime:
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise RestError(35114, f"SendAt is not an ISO 8601 time: {text}") from error
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _check_recipient(exchange: Exchange, to: str, sender: str) -> None:
    if exchange.account.has_opted_out(to, sender):
        raise RestError(21610, f"Attempt to send to unsubscribed recipient: {to}")
    if is_e164(to) and exchange.handsets.of(to).texted == "landline":
        raise RestError(21614, f"'To' number is not a valid mobile number: {to}")


def _first_status(service: str, send_at: datetime | None) -> str:
    if send_at:
        return "scheduled"
    return "accepted" if service else "queued"


def _find(exchange: Exchange, sid: str, path: str) -> Message:
    if sid not in exchange.account.messages:
        raise not_found(path)
    return exchange.account.messages[sid]


def _cancel(exchange: Exchange, message: Message) -> None:
    if message.status not in ("scheduled", "accepted"):
        raise RestError(20409, f"A message that is {message.status} cannot be canceled.", 409)
    exchange.account.move_message(message, "canceled")


def _redact(message: Message, body: str) -> None:
    if body:
        raise bad_request("Body can only become empty")
    if message.status not in ENDED_TEXT:
        raise unfinished("message")
    message.body = ""


def _show(exchange: Exchange, message: Message) -> dict[str, object]:
    return resources.message_json(message, exchange.account.sid)
