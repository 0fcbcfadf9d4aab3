"""The panel of numbers: trees, mistakes, the clock, and which number a handset calls."""

from __future__ import annotations

from pathlib import Path

from local.numbers_board import NumbersBoard
from tests.browser.chromium import Browser, Opened, expect
from tests.browser.served import CALLER
from tests.fakes import ENVIRONMENT

LISBON = "+351210000001"
FILE = f"""\
time_zone = "Europe/Lisbon"
[hours.office]
days = {{ mon-fri = ["09:00-18:00"] }}
[menus.more]
greeting = "More."
menu.1 = {{ label = "nothing", hangup = true }}
[[numbers]]
number = "{LISBON}"
name = "Lisbon"
hours = "office"
greeting = "<b>Welcome</b>"
menu.1 = {{ label = "more", menu = "more" }}
menu.2 = {{ label = "sales", queue = "sails" }}
[[numbers]]
number = "*"
name = "Others"
answer = {{ voicemail = true }}
"""


def board_of(browser: Browser, folder: Path) -> NumbersBoard:
    """What the stack does: the file is shown, and the page's clock is taken."""
    path = folder / "numbers.toml"
    path.write_text(FILE)
    board, standin = NumbersBoard(path, ENVIRONMENT), browser.stack.standin

    def set_clock(text: str) -> None:
        board.set_clock(text)
        standin.show_numbers(board.to_json(), board.phone_numbers())

    standin.on_clock(set_clock)
    set_clock("2026-12-22T10:00")
    return board


async def test_each_number_is_a_tree_with_its_mistakes_above(opened: Opened, tmp_path: Path) -> None:
    """A menu opens; what the file says is text, never markup."""
    async with opened() as browser:
        board_of(browser, tmp_path)
        await browser.tab("Numbers")
        panel = browser.page.get_by_role("tabpanel", name="Numbers")
        await expect(panel.get_by_text(f"Lisbon ({LISBON}) is open")).to_be_visible()
        await expect(panel.get_by_text('says "<b>Welcome</b>"')).to_be_visible()
        await panel.get_by_text("1 more: menu more").click()
        await expect(panel.get_by_text("1 nothing: hangs up")).to_be_visible()
        mistakes = browser.page.get_by_role("list", name="Mistakes in numbers.toml")
        await expect(mistakes).to_contain_text('numbers[0].menu.2.queue: there is no queue "sails"')


async def test_the_clock_is_set_and_set_back(opened: Opened, tmp_path: Path) -> None:
    """On Sunday at ten in the evening the number is closed."""
    async with opened() as browser:
        board_of(browser, tmp_path)
        await browser.tab("Numbers")
        panel = browser.page.get_by_role("tabpanel", name="Numbers")
        await panel.get_by_label("Set it to").fill("2026-12-27T22:00")
        await panel.get_by_role("button", name="Set", exact=True).click()
        await expect(panel.get_by_text("it is Sunday, 2026-12-27 22:00 (Europe/Lisbon)")).to_be_visible()
        await expect(panel.get_by_text(f"Lisbon ({LISBON}) is closed")).to_be_visible()
        await panel.get_by_role("button", name="Back to now").click()
        await expect(panel.get_by_role("button", name="Back to now")).to_be_hidden()


async def test_a_handset_chooses_the_number_that_it_calls(opened: Opened, tmp_path: Path) -> None:
    """Those of the file, and the account's own where `"*"` answers it."""
    async with opened() as browser:
        board_of(browser, tmp_path)
        chosen = browser.handset(CALLER).get_by_label("Which number to call or text")
        await expect(chosen.locator("option")).to_have_text([ENVIRONMENT["TWILIO_FROM"], LISBON])
        await chosen.select_option(LISBON)
        await browser.press(CALLER, "Call the app")
        await browser.shows(CALLER, f"in a call with {LISBON}")
