"""The transcript of a call or text, in colours."""

import io

from local.colours import output, paint

TRANSCRIPT = """POST /api/voice/incoming  200, 5 ms
    <Response>
      <Say language="en-US">One & two</Say>
    </Response>
  ! 12200 Schema validation warning
  → says: One & two"""


def styles_of(words: str) -> set[str]:
    """The styles that lie on exactly these words."""
    text = paint(TRANSCRIPT)
    return {str(span.style) for span in text.spans if text.plain[span.start : span.end] == words}


def test_without_a_terminal_the_text_is_plain() -> None:
    """A file or a pipe gets the text alone, long lines whole."""
    file = io.StringIO()
    output(file).print(paint(TRANSCRIPT + "x" * 500))
    assert file.getvalue() == TRANSCRIPT + "x" * 500 + "\n"


def test_the_parts_of_a_document_have_styles() -> None:
    """Tags, attributes and values; requests, problems and what it means apart from them."""
    assert styles_of("<Say") == {"cyan"}
    assert styles_of("language") == {"yellow"}
    assert styles_of('"en-US"') == {"green"}
    assert styles_of("POST /api/voice/incoming  200, 5 ms") == {"bold"}
    assert styles_of("  ! 12200 Schema validation warning") == {"bold red"}
    assert styles_of("  → says: One & two") == {"bold magenta"}
    assert styles_of("One & two") == set()
