"""The page that builds a Twimlet's URL: one document, without requests to other hosts."""

import json
import re

from switchboard.twimlets import TWIMLETS, page
from tests.fakes import ORIGIN


def test_only_the_pages_own_script_and_style_may_run() -> None:
    """Each has the nonce of this answer."""
    first, second = page.render(ORIGIN), page.render(ORIGIN)
    nonces = set(re.findall(r'nonce="([^"]+)"', first.html))
    assert len(nonces) == 1
    assert f"'nonce-{nonces.pop()}'" in first.headers["Content-Security-Policy"]
    assert first.headers["Content-Security-Policy"] != second.headers["Content-Security-Policy"]


def test_the_page_names_no_other_host() -> None:
    """No font, script or picture of another host."""
    html = page.render("").html
    assert re.findall(r'(?:src|href|action)\s*=\s*"([^"]*)"', html) == ["data:,", "", "client"]
    assert not re.findall(r"@import|url\(|fetch\(|https?://[\w.]+/", html)


def test_the_page_has_the_look_of_all_pages_in_itself() -> None:
    """The tokens are in its style element: it requests no stylesheet."""
    style = page.render(ORIGIN).html.partition("<style")[2].partition("</style>")[0]
    assert "--copper: #94441a;" in style


def test_the_phone_is_linked_on_a_developers_machine() -> None:
    """Where the settings have a stand-in, and its address is no markup."""
    assert ">Phone</a>" not in page.render(ORIGIN).html
    assert '<a href="http://127.0.0.1:7072">Phone</a>' in page.render(ORIGIN, "http://127.0.0.1:7072").html
    assert "<script>alert" not in page.render(ORIGIN, '"><script>alert').html


def data_of(html: str) -> dict[str, object]:
    """The data of the page's script."""
    read: dict[str, object] = json.loads(html.partition('id="data">')[2].partition("</script>")[0])
    return read


def test_the_page_has_every_twimlet_and_every_parameter() -> None:
    """And the public origin."""
    data = data_of(page.render(ORIGIN).html)
    assert data["origin"] == ORIGIN
    described = data["twimlets"]
    assert isinstance(described, list)
    assert {each["name"]: [field["name"] for field in each["fields"]] for each in described} == {
        name: [field.name for field in each.fields] for name, each in TWIMLETS.items()
    }


def test_a_setting_cannot_end_the_script() -> None:
    """Whatever PUBLIC_BASE_URL contains."""
    origin = "https://x</script><script>alert(1)</script>"
    html = page.render(origin).html
    assert data_of(html)["origin"] == origin
    assert html.count("</script>") == 2
