"""What the health page says, how often it looks, and how long it waits."""

import asyncio

import pytest

from switchboard import health
from switchboard.errors import ConfigurationError, StorageUnavailable
from switchboard.health import Health


class Looks:
    """A check that counts how often it was asked, and fails when told to."""

    def __init__(self, error: Exception | None = None, wait: float = 0) -> None:
        self.error = error
        self.wait = wait
        self.count = 0

    async def __call__(self) -> None:
        """One look."""
        self.count += 1
        await asyncio.sleep(self.wait)
        if self.error is not None:
            raise self.error


class Clock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        """The time."""
        return self.seconds


async def test_all_is_well_when_every_check_is() -> None:
    """One line for each part."""
    report = await Health({"storage": Looks(), "secrets": Looks()}).report()
    assert (report.ok, report.status, report.checks) == (True, "ok", {"storage": "ok", "secrets": "ok"})


async def test_one_failure_is_told_beside_what_is_well() -> None:
    """In our own words, which say what to do."""
    broken = Looks(StorageUnavailable("queue storage did not answer"))
    report = await Health({"storage": broken, "secrets": Looks()}).report()
    assert (report.ok, report.status) == (False, "degraded")
    assert report.checks == {"storage": "queue storage did not answer", "secrets": "ok"}


@pytest.mark.parametrize("error", [ValueError("+15005550010"), RuntimeError("AccountKey=s3cret"), KeyError("token")])
async def test_a_strangers_words_are_not_shown(error: Exception) -> None:
    """The page is open to anybody; its type is enough to go and read the log."""
    report = await Health({"storage": Looks(error)}).report()
    assert report.checks == {"storage": type(error).__name__}


async def test_a_missing_setting_is_named() -> None:
    """Our own errors hold no value."""
    report = await Health({"settings": Looks(ConfigurationError("TWILIO_ACCOUNT_SID: not set"))}).report()
    assert report.checks["settings"] == "TWILIO_ACCOUNT_SID: not set"


async def test_what_was_found_is_remembered_for_half_a_minute() -> None:
    """Asking often reaches no further."""
    look, clock = Looks(), Clock()
    page = Health({"storage": look}, clock)
    for seconds in (0.0, 15.0, 14.9):
        clock.seconds += seconds
        await page.report()
    assert look.count == 1


async def test_after_half_a_minute_it_looks_again() -> None:
    """What was mended is seen, and what broke."""
    look, clock = Looks(), Clock()
    page = Health({"storage": look}, clock)
    assert (await page.report()).ok
    clock.seconds += 30
    look.error = StorageUnavailable("gone")
    assert not (await page.report()).ok


async def test_those_who_ask_at_once_share_one_look() -> None:
    """A crowd is one request."""
    look = Looks(wait=0.01)
    page = Health({"storage": look}, Clock())
    reports = await asyncio.gather(*(page.report() for _ in range(20)))
    assert look.count == 1
    assert len(set(map(id, reports))) == 1


async def test_one_who_goes_away_does_not_take_the_look_along() -> None:
    """A monitor that hangs up leaves the others their answer."""
    page = Health({"storage": Looks(wait=0.02)}, Clock())
    impatient = asyncio.create_task(page.report())
    patient = asyncio.create_task(page.report())
    await asyncio.sleep(0.005)
    impatient.cancel()
    assert (await patient).ok


async def test_checks_run_side_by_side() -> None:
    """The slowest one is how long it takes, not the sum."""
    started = asyncio.get_running_loop().time()
    await Health({str(number): Looks(wait=0.05) for number in range(10)}).report()
    assert asyncio.get_running_loop().time() - started < 0.3


async def test_a_check_that_says_it_timed_out_is_no_answer() -> None:
    """As one that is cut off after five seconds."""
    report = await Health({"storage": Looks(TimeoutError())}).report()
    assert report.checks == {"storage": f"no answer within {health.CHECK_SECONDS} s"}


def test_it_answers_from_another_event_loop() -> None:
    """A look belongs to the loop it was made on: a new one looks anew."""
    look = Looks()
    page = Health({"storage": look}, Clock())
    assert asyncio.run(page.report()).ok
    assert asyncio.run(page.report()).ok
