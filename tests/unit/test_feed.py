"""The feed: subscribers, and the end of subscriptions."""

from __future__ import annotations

from local.twilio.page.feed import MOST_UNREAD, Feed, to_event


async def test_a_subscriber_gets_later_events() -> None:
    """In order; no earlier events, and none after it unsubscribes."""
    feed = Feed()
    feed.publish("wire", 1)
    first, second = feed.subscribe(), feed.subscribe()
    feed.publish("wire", 2)
    feed.unsubscribe(second)
    feed.publish("wire", 3)
    assert [first.get_nowait(), first.get_nowait()] == [to_event("wire", 2), to_event("wire", 3)]
    assert (second.get_nowait(), second.empty()) == (to_event("wire", 2), True)


async def test_a_page_that_reads_nothing_is_unsubscribed() -> None:
    """Its stream ends, so that it reconnects and gets a new snapshot."""
    feed = Feed()
    unread = feed.subscribe()
    for number in range(MOST_UNREAD + 2):
        feed.publish("wire", number)
    events = [unread.get_nowait() for _ in range(unread.qsize())]
    assert (len(events), events[-1]) == (MOST_UNREAD, None)


async def test_a_stream_ends_with_the_stand_in() -> None:
    """Each page gets an end."""
    feed = Feed()
    events = feed.subscribe()
    feed.close()
    assert events.get_nowait() is None


def test_an_event_is_one_line_of_json() -> None:
    """Line breaks in a caller's words cannot end it early."""
    assert to_event("message", {"body": "a\n\nb"}) == 'event: message\ndata: {"body": "a\\n\\nb"}\n\n'
