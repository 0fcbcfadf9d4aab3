"""What reading a file loads: a caller waits for it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
READ = """
import json, sys
import msgspec
from switchboard.numbers import is_open, opening
from switchboard.numbers.reader import read
read(sys.argv[1], {"OPERATOR_NUMBER": "+351210000020"}, local=True)
print(json.dumps(sorted(sys.modules)))
"""
SMALL = '[agents]\na = { number = "${OPERATOR_NUMBER}" }\n[[numbers]]\nnumber = "*"\nanswer = { ring = ["a"] }\n'


@pytest.fixture(scope="module")
def loaded() -> set[str]:
    """The modules of a fresh process that has read a file without opening hours and without mistakes."""
    done = subprocess.run(
        [sys.executable, "-c", READ, SMALL], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    return set(json.loads(done.stdout))


@pytest.mark.parametrize(
    "package",
    [
        *("phonenumbers", "zoneinfo", "difflib", "twilio", "azure", "asyncio", "tomlkit"),
        *("switchboard.numbers.summary", "switchboard.numbers.schema", "switchboard.prompts.en"),
    ],
)
def test_what_is_not_needed_is_not_loaded(loaded: set[str], package: str) -> None:
    """Time zones by a file with opening hours, the rest by what operators run."""
    assert not [name for name in loaded if name == package or name.startswith(f"{package}.")]


def test_the_process_did_read_the_file(loaded: set[str]) -> None:
    """The test above can fail."""
    assert {"tomllib", "switchboard.numbers.reader"} <= loaded
