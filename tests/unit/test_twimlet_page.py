"""The page that builds a Twimlet's URL: one document, which asks no other host."""

import json
import re

from switchboard.twimlets import TWIMLETS, page
from tests.fakes import ORIGIN


def test_only_the_pages_own_script_and_style_may_run() -> None:
    """A nonce of this answer alone stands on each."""
    first, second = page.render(ORIGIN), page.render(ORIGIN)
    nonces = set(re.findall(r'nonce="([^"]+)"', first.html))
    assert len(nonces) == 1
    assert f"'nonce-{nonces.pop()}'" in first.headers["Content-Security-Policy"]
    assert first.headers["Content-Security-Policy"] != second.headers["Content-Security-Policy"]


def test_the_page_names_no_other_host() -> None:
    """No font, no script and no picture of anybody's."""
    html = page.render("").html
    assert re.findall(r'(?:src|href|action)\s*=\s*"([^"]*)"', html) == ["data:,"]
    assert not re.findall(r"@import|url\(|fetch\(|https?://[\w.]+/", html)


def told(html: str) -> dict[str, object]:
    """What the script is told."""
    read: dict[str, object] = json.loads(html.partition('id="data">')[2].partition("</script>")[0])
    return read


def test_the_page_knows_every_twimlet_and_every_parameter() -> None:
    """As the code has them, and where the public is."""
    known = told(page.render(ORIGIN).html)
    assert known["origin"] == ORIGIN
    described = known["twimlets"]
    assert isinstance(described, list)
    assert {each["name"]: [field["name"] for field in each["fields"]] for each in described} == {
        name: [field.name for field in each.fields] for name, each in TWIMLETS.items()
    }


def test_a_setting_cannot_end_the_script() -> None:
    """Whatever PUBLIC_BASE_URL holds."""
    origin = "https://x</script><script>alert(1)</script>"
    html = page.render(origin).html
    assert told(html)["origin"] == origin
    assert html.count("</script>") == 2
