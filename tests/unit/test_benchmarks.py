"""The benchmarks' arithmetic and table, and the simulation; no test measures time."""

from pathlib import Path

import pytest

from benchmarks import report
from benchmarks.__main__ import ROWS
from benchmarks.figures import Figures, Finding, Measured, Spread, ratio, times_less
from benchmarks.plan import Plan
from benchmarks.simulation.calls import Calls, Morning
from benchmarks.simulation.loop import Loop, Server
from benchmarks.simulation.parameters import Parameters
from benchmarks.simulation.texts import Scenario, Texts

ROOT = Path(__file__).parents[2]
RUNS = {
    "ours": [Figures(cpu=1), Figures(cpu=4), Figures(cpu=9)],
    "theirs": [Figures(cpu=1), Figures(cpu=2), Figures(cpu=3)],
}
PARAMETERS = Parameters(text_cpu=0.003, callback_cpu=0.002, webhook_cpu=0.0003, cold_start=0.3)


def test_every_row_runs() -> None:
    """A module of rows/ that is not listed would never be measured."""
    modules = {path.stem for path in (ROOT / "benchmarks" / "rows").glob("*.py")}
    assert modules - {"__init__"} == set(ROWS)


def test_a_ratio_is_taken_round_by_round() -> None:
    """The median of 1, 2, 3, not the ratio of the medians."""
    found = ratio(RUNS, "cpu", "ours", "theirs", limit=2)
    assert found.value == Spread(2, 1.5, 2.5)
    assert found.is_met


def test_less_is_the_inverse() -> None:
    """The baseline takes a half of ours: half as much less."""
    found = times_less(RUNS, "cpu", "ours", "theirs", limit=1.6)
    assert found.value.median == 0.5
    assert not found.is_met


async def test_cases_run_in_turns() -> None:
    """Every other round in the reverse order, so that neither always follows the other."""
    order: list[str] = []

    async def case(name: str) -> Figures:
        order.append(name)
        return Figures()

    runs = await Plan().interleave("row", {name: lambda name=name: case(name) for name in "ab"}, 2)  # type: ignore[misc]
    assert order == ["a", "b", "b", "a"]
    assert {name: len(each) for name, each in runs.items()} == {"a": 2, "b": 2}


def test_a_limit_that_is_not_reached_says_so() -> None:
    """The table is honest."""
    finding = Finding(what="cpu", value=Spread(2, 2, 2), baseline="theirs", limit=1.5)
    table = report.table([Measured(name="row", title="Row", rounds=1, findings=[finding])])
    assert table.endswith("| Row | cpu | 2 × | theirs | ≤ 1.50 × | **not met** |")


def test_the_page_has_a_place_for_both_tables() -> None:
    """`make bench` and `make scale` write between markers."""
    page = report.PAGE.read_text()
    assert page.count(report.BEGIN) == page.count(report.END) == 1
    assert page.count("<!-- scale: make scale -->") == page.count("<!-- end of scale -->") == 1


def test_a_part_is_replaced_between_its_markers(tmp_path: Path) -> None:
    """What is around it stays."""
    page = tmp_path / "page.md"
    page.write_text("before\n[b]\nold\n[e]\nafter\n")
    report.replace_part("[b]", "[e]", "new", page)
    assert page.read_text() == "before\n[b]\n\nnew\n\n[e]\nafter\n"
    with pytest.raises(ValueError, match="has no"):
        report.replace_part("[x]", "[e]", "new", page)


def test_events_run_in_the_order_of_their_times() -> None:
    """Those of the same time in the order in which they came."""
    loop, seen = Loop(), list[str]()
    loop.after(2, lambda: seen.append("late"))
    loop.after(1, lambda: seen.append("first"))
    loop.after(1, lambda: seen.append("second"))
    loop.run(10)
    assert seen == ["first", "second", "late"]


def test_a_server_serves_one_after_another() -> None:
    """The second waits for the first."""
    server = Server(Loop(), 2)
    assert (server.serve(4), server.serve(4), server.busy) == (2, 4, 4)


def test_texts_take_as_long_as_their_sender() -> None:
    """A thousand at ten a second: a hundred seconds, whatever Azure can do."""
    outcome = Texts(Scenario(name="ten a second", texts=1000, seconds=10, sender_rate=10), PARAMETERS).run()
    assert 100 <= outcome.delivered_after <= 130
    assert outcome.overflowed == 0


def test_too_few_senders_lose_texts() -> None:
    """Twilio keeps a limited time of them."""
    few = Parameters(text_cpu=0.003, callback_cpu=0.002, webhook_cpu=0.0003, cold_start=0.3, most_backlog=10)
    outcome = Texts(Scenario(name="one a second", texts=1000, seconds=10, sender_rate=1), few).run()
    assert outcome.overflowed > 900


def test_the_first_callers_wait_for_an_instance() -> None:
    """And nobody does when one is always ready."""
    idle = Calls(Morning(name="idle", minutes=0.5), PARAMETERS).run()
    ready = Calls(Morning(name="ready", minutes=0.5, ready=1), PARAMETERS).run()
    assert max(idle.waited) >= PARAMETERS.instance_ready
    assert max(ready.waited) < 0.1
