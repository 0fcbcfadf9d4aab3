"""The REST adapter's lists, look-ups and cancellations, through the real twilio library and its paging."""

import asyncio
import base64
import email.utils
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web

from switchboard.adapters import twilio_api
from switchboard.adapters.twilio_api import TwilioApi
from switchboard.delivery.states import Kind
from switchboard.delivery.twilio_client import TwilioResource
from switchboard.errors import AccountFault, NotReached, OutcomeUnknown, Rejected, Throttled, TwilioError
from tests.rest_double import ACCOUNT, RotatingSecrets, TwilioServer, calling, refusing, serving

TO = "+15005550010"
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
BEFORE = NOON - timedelta(hours=1)
SID = "SM" + "1" * 32


def text(number: int, created: datetime = NOON, **changes: object) -> dict[str, object]:
    """A Message in Twilio's list."""
    return {
        "sid": f"SM{number:032d}",
        "status": "sent",
        "direction": "outbound-api",
        "date_created": email.utils.format_datetime(created),
        "date_sent": None,
        "body": "Hello world.",
        "from": "+15005550001",
        "to": TO,
        "error_code": None,
    } | changes


def call(number: int, **changes: object) -> dict[str, object]:
    """A Call in Twilio's list."""
    shown = text(number, sid=f"CA{number:032d}", status="completed", duration="42")
    return {name: value for name, value in shown.items() if name not in ("body", "error_code")} | changes


class Pages:
    """Twilio's list, in pages of the requested size."""

    def __init__(self, resources: Sequence[dict[str, object]], key: str = "messages") -> None:
        self.resources = resources
        self.key = key
        self.queries: list[dict[str, str]] = []

    async def __call__(self, request: web.Request) -> web.Response:
        """One page, with the URL of the next."""
        self.queries.append(dict(request.query))
        page, size = int(request.query.get("Page", 0)), int(request.query["PageSize"])
        shown = self.resources[page * size : (page + 1) * size]
        more = len(self.resources) > (page + 1) * size
        query = f"To=%2B{TO[1:]}&PageSize={size}&Page={page + 1}"
        following = f"{request.path}?{query}" if more else None
        return web.json_response({self.key: shown, "next_page_uri": following, "page_size": size})


async def listed(pages: Pages, kind: Kind = "sms", since: datetime = NOON) -> list[TwilioResource]:
    """The adapter's result."""
    async with serving(TwilioServer(pages)) as server, calling(server.url, whole_seconds=20) as api:
        return await api.list_sent(kind, TO, since)


def all_requests(api: TwilioApi) -> tuple[Callable[[], Awaitable[object]], ...]:
    """Each kind of request."""
    return (
        lambda: api.list_sent("sms", TO, NOON),
        lambda: api.list_sent("call", TO, NOON),
        lambda: api.fetch("call", "CA1"),
        lambda: api.cancel_text(SID),
    )


async def test_a_listed_text_has_the_fields_of_reconciliation() -> None:
    """Status, direction, body, sender, code, and the creation time with its time zone."""
    (shown,) = await listed(Pages([text(1, status="undelivered", error_code=30003)]))
    assert shown == TwilioResource(
        sid=f"SM{1:032d}",
        status="undelivered",
        direction="outbound-api",
        created=NOON,
        body="Hello world.",
        sender="+15005550001",
        recipient="+15005550010",
        error_code=30003,
    )
    assert shown.created is not None
    assert shown.created.utcoffset() == timedelta(0)


async def test_a_listed_call_has_its_duration() -> None:
    """And no body."""
    shown, ringing = await listed(Pages([call(2), call(1, status="ringing", duration=None)], "calls"), "call")
    assert (shown.sid, shown.status, shown.body, shown.sender) == (f"CA{2:032d}", "completed", "", "+15005550001")
    assert (shown.created, shown.duration, ringing.duration) == (NOON, 42, None)


async def test_an_absent_field_is_empty() -> None:
    """A scheduled text has no sender yet, a redacted one no body."""
    (shown,) = await listed(Pages([text(1, body=None, error_code=None, date_created=None) | {"from": None}]))
    assert (shown.body, shown.sender, shown.error_code, shown.created) == ("", "", 0, None)


async def test_the_list_is_filtered_by_number_and_not_by_date() -> None:
    """A text that was not sent yet has no DateSent, by which Twilio filters."""
    pages = Pages([text(1)])
    await listed(pages)
    assert pages.queries == [{"To": TO, "PageSize": "200"}]


async def test_every_page_is_read() -> None:
    """In Twilio's order."""
    pages = Pages([text(number) for number in range(450, 0, -1)])
    shown = await listed(pages)
    assert [each.sid for each in shown] == [f"SM{number:032d}" for number in range(450, 0, -1)]
    assert [query["To"] for query in pages.queries] == [TO] * 3


async def test_a_whole_page_of_older_texts_is_the_end() -> None:
    """The order is by DateSent, so a single older text is not."""
    resources = [text(1), text(2, BEFORE), text(3), *(text(number, BEFORE) for number in range(4, 1000))]
    pages = Pages(resources)
    shown = await listed(pages)
    assert [each.sid for each in shown] == [f"SM{number:032d}" for number in (1, 3)]
    assert len(pages.queries) == 2


async def test_a_text_of_exactly_the_limit_is_listed() -> None:
    """And nothing older."""
    shown = await listed(Pages([text(1), text(2, NOON - timedelta(seconds=1))]))
    assert [each.sid for each in shown] == [f"SM{1:032d}"]


@pytest.mark.parametrize("older", [0, 100])
async def test_a_list_that_is_too_long_is_no_answer(older: int) -> None:
    """An incomplete list must not count as an empty one, also when a few of it were older."""
    newer = [text(number) for number in range(twilio_api.MOST_LISTED + 1 - older)]
    mixed = [*newer[:10], *(text(number, BEFORE) for number in range(older)), *newer[10:]]
    with pytest.raises(OutcomeUnknown, match="too many to read"):
        await listed(Pages(mixed))


async def test_an_empty_list_is_an_answer() -> None:
    """Nothing was sent to the number."""
    assert await listed(Pages([])) == []


@pytest.mark.parametrize("kind", ["sms", "call"])
async def test_a_resource_is_looked_up_by_its_sid(kind: Kind) -> None:
    """With its own path."""
    asked: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.json_response(text(1) if kind == "sms" else call(1))

    async with serving(TwilioServer(answer)) as server, calling(server.url) as api:
        shown = await api.fetch(kind, "SID1")
    resource = "Messages" if kind == "sms" else "Calls"
    assert asked == [f"/2010-04-01/Accounts/{ACCOUNT}/{resource}/SID1.json"]
    assert shown.status == ("sent" if kind == "sms" else "completed")


async def test_a_scheduled_text_is_canceled() -> None:
    """By an update of its status."""
    server = TwilioServer(lambda _: answered(text(1, status="canceled")))
    async with serving(server), calling(server.url) as api:
        assert (await api.cancel_text(SID)).status == "canceled"
    assert server.fields == [{"Status": ["canceled"]}]


async def answered(body: dict[str, object]) -> web.StreamResponse:
    """A resource."""
    return web.json_response(body)


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (400, 30409, Rejected),
        (404, 20404, AccountFault),
        (401, 20003, AccountFault),
        (429, 20429, Throttled),
        (500, 20500, OutcomeUnknown),
    ],
)
async def test_an_error_of_twilio_becomes_ours(status: int, code: int, error: type[TwilioError]) -> None:
    """As for a create, and without a number."""
    async with serving(TwilioServer(refusing(status, code))) as server, calling(server.url) as api:
        for ask in all_requests(api):
            with pytest.raises(TwilioError) as raised:
                await ask()
            assert type(raised.value) is error
            assert "+1500555" not in str(raised.value)


async def test_while_a_token_is_rotated_a_list_is_requested_with_the_next_one() -> None:
    """As a create."""
    pages = Pages([text(1)])

    async def only_next(request: web.Request) -> web.StreamResponse:
        good = base64.b64encode(f"{ACCOUNT}:next".encode()).decode() in request.headers["Authorization"]
        return await (pages if good else refusing(401, 20003))(request)

    async with serving(TwilioServer(only_next)) as server, calling(server.url, RotatingSecrets("old", "next")) as api:
        assert len(await api.list_sent("sms", TO, NOON)) == 1
    assert server.passwords == ["old", "next"]


@pytest.mark.parametrize("body", ["<html>", "[]", '{"code": "x"}', ""])
async def test_an_unreadable_error_is_classified_by_its_status(body: str) -> None:
    """401 is a fault of the account, whatever the body contains."""

    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(text=body, status=401)

    async with serving(TwilioServer(answer)) as server, calling(server.url) as api:
        with pytest.raises(AccountFault):
            await api.list_sent("sms", TO, NOON)


async def test_a_page_that_fails_fails_the_list() -> None:
    """Half a list must not count as a whole one."""
    pages = Pages([text(number) for number in range(300)])

    async def second_fails(request: web.Request) -> web.StreamResponse:
        return await (refusing(500, 20500) if "Page" in request.query else pages)(request)

    async with serving(TwilioServer(second_fails)) as server, calling(server.url) as api:
        with pytest.raises(OutcomeUnknown):
            await api.list_sent("sms", TO, NOON)


@pytest.mark.parametrize("body", ["<html>", "{}", '{"messages": 7}', "[]", "null"])
async def test_a_list_that_cannot_be_read_is_no_answer(body: str) -> None:
    """It is not an empty list."""

    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(text=body, content_type="application/json")

    async with serving(TwilioServer(answer)) as server, calling(server.url) as api:
        with pytest.raises(OutcomeUnknown):
            await api.list_sent("sms", TO, NOON)


async def test_an_unreachable_twilio_is_not_reached() -> None:
    """The list is requested again later."""
    async with serving(TwilioServer()) as server:
        gone = server.url
    async with calling(gone) as api:
        with pytest.raises(NotReached):
            await api.list_sent("sms", TO, NOON)


async def test_an_answer_that_never_comes_times_out() -> None:
    """Each request is limited."""

    async def hang(_: web.Request) -> web.StreamResponse:
        await asyncio.sleep(5)
        return web.Response()

    async with serving(TwilioServer(hang)) as server, calling(server.url) as api:
        for ask in all_requests(api):
            with pytest.raises(OutcomeUnknown):
                await ask()
