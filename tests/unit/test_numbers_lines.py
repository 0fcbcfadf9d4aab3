"""The line of each table and key."""

import pytest

from switchboard.numbers.positions import Lines, Path, rendered

TEXT = '''\
# [not.a.header]
language = "en"  # time_zone = "x"
[hours.office]
days = { mon = [
  "09:00-12:00",  # a = b
] }
[[numbers]]
greeting = """
name = "inside a text"
[[numbers]]
"""
menu.1 = { hangup = true }
menu."*" = { hangup = true }
'texts'."A.B" = "x"
[numbers.closed]
hangup = true
[[numbers]]
name = "second"
[numbers.menu]
2 = { hangup = true }
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("language",), 2),
        (("time_zone",), 0),
        (("not", "a"), 0),
        (("hours", "office"), 3),
        (("hours", "office", "days", "mon", 0), 4),
        (("hours", "office", "a"), 3),
        (("numbers",), 7),
        (("numbers", 0), 7),
        (("numbers", 0, "greeting"), 8),
        (("numbers", 0, "name"), 7),
        (("numbers", 0, "menu", "1", "hangup"), 12),
        (("numbers", 0, "menu", "*"), 13),
        (("numbers", 0, "texts", "A.B"), 14),
        (("numbers", 0, "closed", "hangup"), 16),
        (("numbers", 1), 17),
        (("numbers", 1, "name"), 18),
        (("numbers", 1, "menu", "2", "hangup"), 20),
    ],
    ids=lambda each: rendered(each) if isinstance(each, tuple) else "",
)
def test_a_path_has_its_line(path: Path, line: int) -> None:
    """Or that of the nearest key above it; what is in a text or a comment is no key."""
    assert Lines(TEXT).of(path) == line
