"""The stand-in's webhooks while the app restarts: none is lost, whether the app has it or it comes meanwhile."""

from __future__ import annotations

import asyncio

from local.twilio.faults import Faults
from local.twilio.webhooks import Webhook, Webhooks
from local.twilio.wire import Wire
from tests.functional.twilio_standin_app import Canned, options, running_app


async def test_a_restart_waits_for_the_webhooks_that_the_app_has() -> None:
    """The end of the host would break their connections. Those that come meanwhile wait for the new one."""
    async with running_app() as app:
        app.seconds["/slow"] = 0.3
        webhooks = Webhooks(options(app), Wire(options(app).clock), Faults())
        slow, late = (Webhook(url=app.url + path, summary="a webhook") for path in ("/slow", "/late"))
        sending = [asyncio.create_task(webhooks.send(slow))]
        await asyncio.sleep(0.1)
        webhooks.gate.close()
        sending.append(asyncio.create_task(webhooks.send(late)))
        assert not app.requests
        async with asyncio.timeout(5):
            await webhooks.gate.passed()
            assert [request.path for request in app.requests] == ["/slow"]
            webhooks.gate.open()
            answers = await asyncio.gather(*sending)
        await webhooks.close()
        assert [answer.ok for answer in answers] == [True, True]


async def test_a_retry_waits_for_the_new_host_too() -> None:
    """The first attempt failed while the app was asked to end."""
    async with running_app() as app:
        app.answers["/hook"] = Canned(status=500)
        webhooks = Webhooks(options(app), Wire(options(app).clock), Faults())
        sending = asyncio.create_task(webhooks.send(Webhook(url=f"{app.url}/hook#rp=all", summary="a webhook")))
        async with asyncio.timeout(5):
            while not app.requests:  # noqa: ASYNC110 - there is no event for it
                await asyncio.sleep(0)
            webhooks.gate.close()
            await webhooks.gate.passed()
            await asyncio.sleep(0.1)
            assert len(app.requests) == 1
            app.answers.pop("/hook")
            webhooks.gate.open()
            assert (await sending).ok
        await webhooks.close()
