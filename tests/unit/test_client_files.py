"""The softphone's files: the table, what a browser may do with them, the sounds, and the sentences of each language."""

import io
import json
import re
import wave
from pathlib import Path

import pytest

from switchboard.client import files, sounds

PAGE = Path(files.__file__).parent / "page"
LANGUAGES = ("en", "pt", "es", "fr", "de")
# The errors that a person can act on, from the SDK's documentation.
ERRORS = (
    31401,
    31402,
    20101,
    31202,
    31204,
    20104,
    31205,
    31005,
    31009,
    53000,
    53001,
    31486,
    31480,
    31603,
    31404,
    53405,
)
# Keys that the modules put together, by their beginning; the rest are written out in a module or the page.
COMPOSED = ("link_", "call_", "log_", "refused_", "notify_", "error_", "warning_")


def page() -> files.ClientFile:
    """The page."""
    found = files.find("", "")
    assert found is not None
    return found


def policy(region: str = "") -> dict[str, list[str]]:
    """The page's Content-Security-Policy, by directive."""
    found = files.find("", region)
    assert found is not None
    parts = [part.split() for part in found.headers["Content-Security-Policy"].split(";")]
    return {name: sources for name, *sources in parts}


def sentences(language: str) -> dict[str, str]:
    """All sentences of a language."""
    read: dict[str, str] = json.loads((PAGE / f"words-{language}.json").read_text())
    return read


def script() -> str:
    """All modules and the page, as text."""
    return "\n".join(path.read_text() for path in sorted(PAGE.iterdir()) if path.suffix in (".js", ".html"))


def test_every_file_that_the_page_and_its_modules_name_is_in_the_table() -> None:
    """A link to a file that is not there would be a 404 on the agent's screen."""
    links = re.findall(r'(?:href|src)="client/([^"]+)"', (PAGE / "index.html").read_text())
    imports = re.findall(r'from "\./([^"]+)"', script())
    assert len(links) >= 5
    assert len(imports) > 20
    assert set(links) | set(imports) <= files.names()


def test_each_sound_that_the_page_gives_to_the_sdk_is_in_the_table() -> None:
    """The SDK asks Twilio's host for a sound that it is not given: none of the fifteen may be missing."""
    keys = [f"dtmf{key}" for key in "0123456789sh"]
    assert {f"{name}.wav" for name in ["incoming", "outgoing", "disconnect", *keys]} == sounds.NAMES


@pytest.mark.parametrize(
    "name", ["../files.py", "..", "index.html", "files.py", "main.js/", "words-xx.json", "MAIN.JS"]
)
def test_a_name_that_is_not_in_the_table_has_no_file(name: str) -> None:
    """Neither a path nor the page under another name."""
    assert files.find(name, "") is None


def test_each_file_of_the_folder_is_served() -> None:
    """Its body unchanged, its media type right."""
    for path in PAGE.iterdir():
        if path.name != "index.html":
            found = files.find(path.name, "")
            assert found is not None, path.name
            assert found.body == path.read_bytes()
            assert found.mimetype == TYPES[path.suffix]


TYPES = {".css": "text/css", ".js": "text/javascript", ".json": "application/json", ".svg": "image/svg+xml"}


def test_the_sdk_is_a_file_only_where_it_was_installed(tmp_path: Path) -> None:
    """Without `make client` there is none, and everything else is as before."""
    sdk = tmp_path / "twilio.min.js"
    assert files.find("twilio.min.js", "", sdk) is None
    sdk.write_text("// the SDK")
    found = files.find("twilio.min.js", "", sdk)
    assert found is not None
    assert found.body == b"// the SDK"


def test_the_policy_allows_this_origin_and_twilios_signalling_only() -> None:
    """No inline script or style, no other host."""
    allowed = policy()
    assert allowed["default-src"] == ["'none'"]
    assert allowed["script-src"] == allowed["style-src"] == allowed["img-src"] == ["'self'"]
    assert allowed["media-src"] == ["'self'", "mediastream:"]
    for name in ("base-uri", "form-action", "frame-ancestors"):
        assert allowed[name] == ["'none'"]
    own, *hosts = allowed["connect-src"]
    assert own == "'self'"
    assert all(re.fullmatch(r"wss://voice-js\.[a-z-]+\.twilio\.com", host) for host in hosts)


@pytest.mark.parametrize(
    ("region", "edges"),
    [("us1", ["ashburn"]), ("ie1", ["dublin"]), ("au1", ["sydney"])],
)
def test_a_region_of_its_own_has_one_host(region: str, edges: list[str]) -> None:
    """Its calls stay there."""
    assert policy(region)["connect-src"][1:] == [f"wss://voice-js.{edge}.twilio.com" for edge in edges]


def test_without_a_region_the_nearest_edge_is_allowed_by_its_own_name_too() -> None:
    """The SDK connects to roaming, and during a call reconnects to the edge that answered there."""
    hosts = policy("")["connect-src"]
    for edge in ("roaming", "ashburn", "frankfurt", "sao-paulo"):
        assert f"wss://voice-js.{edge}.twilio.com" in hosts


def test_the_page_holds_no_script_or_style_of_its_own() -> None:
    """The policy would refuse it, and nobody would see why."""
    html = (PAGE / "index.html").read_text()
    assert re.findall(r"<script(?![^>]*\bsrc=)|<style|\bstyle=|\son[a-z]+=", html) == []


def test_the_page_is_never_stored_and_its_files_are_asked_for_each_time() -> None:
    """After an upgrade no old module meets a new one."""
    assert page().headers["Cache-Control"] == "no-store"
    assert page().headers["Permissions-Policy"].startswith("microphone=(self)")
    main = files.find("main.js", "")
    assert main is not None
    assert main.headers["Cache-Control"] == "no-cache"
    for found in (main, page()):
        assert found.headers["X-Content-Type-Options"] == "nosniff"


def test_a_browser_that_has_the_file_is_not_sent_it_again() -> None:
    """By its ETag, also as a proxy weakens it; the page itself is always sent."""
    main = files.find("main.js", "")
    assert main is not None
    tag = main.headers["ETag"]
    assert files.is_current(main, tag)
    assert files.is_current(main, f'"other", W/{tag}')
    assert not files.is_current(main, '"other"')
    assert not files.is_current(main, None)
    assert not files.is_current(page(), "*")


@pytest.mark.parametrize("name", sorted(sounds.NAMES))
def test_each_sound_is_a_short_wav_file_that_is_not_silent(name: str) -> None:
    """One channel, at most three seconds, below full loudness."""
    with wave.open(io.BytesIO(sounds.wav(name))) as sound:
        assert (sound.getnchannels(), sound.getsampwidth(), sound.getframerate()) == (1, 1, sounds.RATE)
        assert 0.1 < sound.getnframes() / sounds.RATE < 3
        samples = sound.readframes(sound.getnframes())
    assert max(samples) > 140
    assert min(samples) > 60


def test_two_keys_never_sound_alike() -> None:
    """Each has its own pair of frequencies."""
    assert len({sounds.wav(name) for name in sounds.NAMES if name.startswith("dtmf")}) == 12


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_has_every_sentence_with_the_same_values(language: str) -> None:
    """A sentence that is missing, or without the caller, would be seen by the people of that language only."""
    ours, english = sentences(language), sentences("en")
    assert list(ours) == list(english)
    for key, sentence in ours.items():
        assert sentence.strip(), key
        assert sorted(re.findall(r"\{\w+\}", sentence)) == sorted(re.findall(r"\{\w+\}", english[key])), key


def test_the_languages_differ() -> None:
    """A file that holds the English sentences would be complete too."""
    for language in LANGUAGES[1:]:
        same = [key for key, sentence in sentences(language).items() if sentence == sentences("en")[key]]
        assert len(same) < 5, (language, same)


def test_each_sentence_that_the_page_says_is_there_and_none_is_unused() -> None:
    """By the keys in the modules and the page."""
    written = set(re.findall(r'"([a-z]+(?:_[a-z]+)*)"', script()))
    known = set(sentences("en"))
    said = set(re.findall(r'(?:say\(|data-say=|data-name=)"([a-z_]+)"', script()))
    assert said <= known
    assert {key for key in known - written if not key.startswith(COMPOSED)} == set()


def test_each_error_of_the_sdk_has_a_sentence() -> None:
    """Those that a person can act on; an unknown one has the general sentence with its code."""
    table = dict(re.findall(r'(\d{5}): "(error_\w+)"', (PAGE / "errors.js").read_text()))
    assert {str(code) for code in ERRORS} <= table.keys()
    assert set(table.values()) <= sentences("en").keys()
    assert "{code}" in sentences("en")["error_other"]
