"""Checks, when it is imported, that this Python can run the commands; a sentence ends the program if it cannot.

It is imported before what it checks for, and by versions of Python that are too old for the rest.
"""

import sys
from importlib.util import find_spec

OLDEST = (3, 11)
# What the commands import, by the names of the packages at the top.
PACKAGES = ("aiohttp", "azure", "croniter", "msgspec", "requests", "rich", "twilio", "typer")
REMEDY = "run `make install` once, and then ./sb"


def problem(version: "tuple[int, ...]", packages: "tuple[str, ...]" = PACKAGES) -> str:
    """Return what this interpreter lacks, and what to do; "" when it lacks nothing."""
    if version[:2] < OLDEST:
        return f"Python 3.{OLDEST[1]} or later is needed, and {sys.executable} is {version[0]}.{version[1]}: {REMEDY}"
    missing = [name for name in packages if find_spec(name) is None]
    return f"{sys.executable} does not have {', '.join(missing)}: {REMEDY}" if missing else ""


found = problem(sys.version_info[:2])
if found:
    sys.exit("! " + found)
