"""Messages.json and Messages/{sid}.json. https://www.twilio.com/docs/messaging/api/message-resource"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from aiohttp import web

from local.twilio import resources
from local.twilio.account import newest_first
from local.twilio.addresses import can_be_texted, is_e164, is_sender, is_sender_name, normalise
from local.twilio.exchange import Exchange
from local.twilio.numbers import whole
from local.twilio.records import ENDED_TEXT, Media, Message
from local.twilio.rest import lists
from local.twilio.rest.errors import RestError, bad_request, not_found, unfinished
from local.twilio.rest.form import Form, is_web_url
from local.twilio.rest.requests import ACCOUNT, read_form, sid_of

LONGEST_BODY = 1600
MOST_MEDIA = 10
SOONEST, LATEST = timedelta(minutes=15), timedelta(days=35)
LONGEST_VALIDITY = 36_000


class MessagesApi:
    """The routes of texts. Each raises RestError, which the REST middleware answers."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._account = exchange.account

    def routes(self) -> list[web.RouteDef]:
        """Return the routes; POST on one text updates it."""
        messages, message = f"{ACCOUNT}/Messages.json", f"{ACCOUNT}/Messages/{{sid}}.json"
        return [
            web.post(messages, self._create),
            web.get(messages, self._list),
            web.get(message, self._fetch),
            web.post(message, self._update),
            web.delete(message, self._delete),
        ]

    async def _create(self, request: web.Request) -> web.Response:
        message = create_message(self._exchange, await read_form(request))
        self._exchange.deliver(message)
        return web.json_response(self._to_json(message), status=201)

    async def _list(self, request: web.Request) -> web.Response:
        """List texts, newest first. Filters: To, From, DateSent with `<` and `>`."""
        query, sent = request.query, lists.TimeFilter("DateSent")
        to, sender = normalise(query.get("To", "")), normalise(query.get("From", ""))
        found = [
            message
            for message in newest_first(self._account.messages.values())
            if to in ("", message.to) and sender in ("", message.sender) and sent.accepts(query, message.sent)
        ]
        return web.json_response(lists.page(found, query, request.path, "messages", self._to_json))

    async def _fetch(self, request: web.Request) -> web.Response:
        return web.json_response(self._to_json(self._find(request)))

    async def _update(self, request: web.Request) -> web.Response:
        """Cancel a scheduled text, or empty the body of an ended one."""
        form, message = await read_form(request), self._find(request)
        status = form.text("Status")
        if status and status != "canceled":
            raise bad_request(f"Status can only become canceled, not {status}")
        if status:
            self._cancel(message)
        if form.has("Body"):
            _redact(message, form.text("Body"))
        return web.json_response(self._to_json(message))

    async def _delete(self, request: web.Request) -> web.Response:
        """Delete an ended text."""
        message = self._find(request)
        if message.status not in ENDED_TEXT:
            raise unfinished("message")
        del self._account.messages[message.sid]
        return web.Response(status=204)

    def _find(self, request: web.Request) -> Message:
        sid = sid_of(request)
        if sid not in self._account.messages:
            raise not_found(request.path)
        return self._account.messages[sid]

    def _cancel(self, message: Message) -> None:
        if message.status not in ("scheduled", "accepted"):
            raise RestError(20409, f"A message that is {message.status} cannot be canceled.", 409)
        self._account.move_message(message, "canceled")

    def _to_json(self, message: Message) -> dict[str, object]:
        return resources.message_json(message, self._account.sid)


def create_message(exchange: Exchange, form: Form) -> Message:
    """Add a text that is not delivered yet. Raises RestError."""
    to = _recipient(form)
    sender = _sender(exchange, form, to)
    _check_content(form)
    send_at = _send_at(exchange, form)
    _check_recipient(exchange, to, sender)
    service = form.text("MessagingServiceSid")
    return exchange.account.add_message(
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


def _recipient(form: Form) -> str:
    to = normalise(form.text("To"))
    if not to:
        raise RestError(21604, "A 'To' phone number is required.")
    if not can_be_texted(to):
        raise RestError(21211, f"Invalid 'To' Phone Number: {to}")
    return to


def _sender(exchange: Exchange, form: Form, to: str) -> str:
    """Return the `From`, which must be the account's own; a messaging service sends from the account's number."""
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
    own = exchange.configuration.owns(sender.removeprefix("whatsapp:")) or is_sender_name(sender)
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
    """Return the time of a scheduled text: only with a messaging service, 15 minutes to 35 days ahead."""
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


def _redact(message: Message, body: str) -> None:
    if body:
        raise bad_request("Body can only become empty")
    if message.status not in ENDED_TEXT:
        raise unfinished("message")
    message.body = ""
