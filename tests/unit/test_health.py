"""The health report: its content, how long it is cached, and how long it waits."""

import asyncio

import pytest

from switchboard import health
from switchboard.errors import ConfigurationError, StorageUnavailable
from switchboard.health import Health


class FakeCheck:
    """A check that counts its calls, and raises `error` if there is one."""

    def __init__(self, error: Exception | None = None, wait: float = 0) -> None:
        self.error = error
        self.wait = wait
        self.count = 0

    async def __call__(self) -> None:
        """Runs the check."""
        self.count += 1
        await asyncio.sleep(self.wait)
        if self.error is not None:
            raise self.error


class Clock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        """The time in seconds."""
        return self.seconds


async def test_the_report_is_ok_when_every_check_is() -> None:
    """One entry per part."""
    report = await Health({"storage": FakeCheck(), "secrets": FakeCheck()}).report()
    assert (report.ok, report.status, report.checks) == (True, "ok", {"storage": "ok", "secrets": "ok"})


async def test_one_failure_is_reported_beside_the_other_checks() -> None:
    """With our own message, which has the remedy."""
    broken = FakeCheck(StorageUnavailable("queue storage did not answer"))
    report = await Health({"storage": broken, "secrets": FakeCheck()}).report()
    assert (report.ok, report.status) == (False, "degraded")
    assert report.checks == {"storage": "queue storage did not answer", "secrets": "ok"}


@pytest.mark.parametrize("error", [ValueError("+15005550010"), RuntimeError("AccountKey=s3cret"), KeyError("token")])
async def test_the_message_of_a_librarys_error_is_not_shown(error: Exception) -> None:
    """The page is public: it shows the type, and the log has the location."""
    report = await Health({"storage": FakeCheck(error)}).report()
    assert report.checks == {"storage": type(error).__name__}


async def test_a_missing_setting_is_named() -> None:
    """Messages of our own errors contain no value."""
    report = await Health({"settings": FakeCheck(ConfigurationError("TWILIO_ACCOUNT_SID: not set"))}).report()
    assert report.checks["settings"] == "TWILIO_ACCOUNT_SID: not set"


async def test_a_report_is_cached_for_half_a_minute() -> None:
    """Frequent requests reach no other service."""
    look, clock = FakeCheck(), Clock()
    page = Health({"storage": look}, clock)
    for seconds in (0.0, 15.0, 14.9):
        clock.seconds += seconds
        await page.report()
    assert look.count == 1


async def test_the_checks_run_again_after_half_a_minute() -> None:
    """The report shows repairs and new faults."""
    look, clock = FakeCheck(), Clock()
    page = Health({"storage": look}, clock)
    assert (await page.report()).ok
    clock.seconds += 30
    look.error = StorageUnavailable("gone")
    assert not (await page.report()).ok


async def test_concurrent_requests_share_one_report() -> None:
    """Many requests run the checks once."""
    look = FakeCheck(wait=0.01)
    page = Health({"storage": look}, Clock())
    reports = await asyncio.gather(*(page.report() for _ in range(20)))
    assert look.count == 1
    assert len(set(map(id, reports))) == 1


async def test_a_canceled_request_does_not_cancel_the_checks() -> None:
    """The other requests get their answer."""
    page = Health({"storage": FakeCheck(wait=0.02)}, Clock())
    impatient = asyncio.create_task(page.report())
    patient = asyncio.create_task(page.report())
    await asyncio.sleep(0.005)
    impatient.cancel()
    assert (await patient).ok


async def test_checks_run_concurrently() -> None:
    """The report takes as long as the slowest check."""
    started = asyncio.get_running_loop().time()
    await Health({str(number): FakeCheck(wait=0.05) for number in range(10)}).report()
    assert asyncio.get_running_loop().time() - started < 0.3


async def test_a_check_that_times_out_is_reported() -> None:
    """Like a check that is stopped after five seconds."""
    report = await Health({"storage": FakeCheck(TimeoutError())}).report()
    assert report.checks == {"storage": f"no answer within {health.CHECK_SECONDS} s"}


def test_a_report_works_on_another_event_loop() -> None:
    """The checks belong to one loop, so a new loop runs them again."""
    look = FakeCheck()
    page = Health({"storage": look}, Clock())
    assert asyncio.run(page.report()).ok
    assert asyncio.run(page.report()).ok
