"""A short soak of the app, killed again and again; `python -m tests.integration.soak` is the long one."""

import asyncio
from collections.abc import Mapping

import pytest

from tests.integration.soak import Plan, Summary, run

PLANS = {
    name: Plan(messages=60, seconds=8, claim=4, settle=1, lease=5, alike=name == "alike")
    for name in ("different", "alike")
}


@pytest.fixture(scope="module")
def summaries() -> Mapping[str, Summary]:
    """Both plans at once: most of the time is waiting."""

    async def both() -> list[Summary]:
        return await asyncio.gather(*map(run, PLANS.values()))

    return dict(zip(PLANS, asyncio.run(both()), strict=True))


@pytest.mark.parametrize("name", PLANS)
def test_each_message_is_accepted_once_whenever_the_app_is_killed(summaries: Mapping[str, Summary], name: str) -> None:
    """Each id was pushed twice, and nothing is left over. In `alike`, only callbacks identify a text."""
    summary = summaries[name]
    assert summary.kills >= 2
    assert not summary.wrong(), "\n".join(summary.lines())
