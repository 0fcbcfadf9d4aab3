"""numbers.toml as an operator has it: read with the settings that are known here, its mistakes with their values."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from ops.deployment import Deployment, azd_values
from switchboard.numbers import Numbers
from switchboard.numbers.reader import read_file
from switchboard.services import NUMBERS_FILE


def read_numbers(deployment: Deployment, path: Path | None = None) -> Numbers:
    """Reads a file, by default that of this folder, with the settings that are known here."""
    return read_file(path or NUMBERS_FILE, app_settings(deployment), local=deployment.local)


def app_settings(deployment: Deployment) -> Mapping[str, str]:
    """Returns the app's settings as far as they are known here. The environment has precedence over azd."""
    return deployment.environ if deployment.local else {**azd_values(), **os.environ}


def dialable_numbers(numbers: Numbers) -> list[str]:
    """Returns the phone numbers of the file, without short codes and `"*"`."""
    return [each for number in numbers.numbers for each in number.numbers if each.startswith("+")]


def mistakes(numbers: Numbers) -> list[str]:
    """Returns each mistake, with its line and what to write instead; warnings are none."""
    return [str(problem) for problem in numbers.problems if not problem.warning]
