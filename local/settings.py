"""local.settings.json, as `func start` reads it: environment variables win over it."""

from __future__ import annotations

import json
import shutil
from collections.abc import MutableMapping
from pathlib import Path

from local.errors import LocalError
from switchboard.adapters.storage_connection import DEVELOPMENT_STORAGE

ROOT = Path(__file__).parent.parent
SETTINGS = "local.settings.json"
EXAMPLE = "local.settings.example.json"
STORAGE = "AzureWebJobsStorage"
SHORTHAND = "UseDevelopmentStorage=true"


class SettingsError(LocalError):
    """The settings file cannot be read; the message says what to mend."""


def load(folder: Path, environ: MutableMapping[str, str]) -> bool:
    """Put the file's values into the environment where it has none of that name.

    The file is made from the example when absent: True when that was done. Raises SettingsError.
    """
    path = folder / SETTINGS
    made = not path.exists() and (folder / EXAMPLE).exists()
    if made:
        shutil.copyfile(folder / EXAMPLE, path)
    for name, value in _values(path).items():
        environ.setdefault(name, value)
    environ.setdefault("AZURE_FUNCTIONS_ENVIRONMENT", "Development")
    return made


def connection_string(environ: MutableMapping[str, str]) -> str:
    """Where storage is: what `AzureWebJobsStorage` says, written out when it is Azurite at its own ports."""
    value = environ.get(STORAGE, SHORTHAND)
    return development_storage(10000, 10001, 10002) if value == SHORTHAND else value


def development_storage(blob: int, queue: int, table: int) -> str:
    """The connection string of an Azurite at these ports."""
    places = DEVELOPMENT_STORAGE
    for standard, port in ((10000, blob), (10001, queue), (10002, table)):
        places = places.replace(f":{standard}/", f":{port}/")
    return places


def _values(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    try:
        values = json.loads(path.read_text()).get("Values", {})
    except (ValueError, AttributeError) as error:
        raise SettingsError(f'{path.name}: not JSON of the form {{"Values": {{…}}}}: {error}') from error
    wrong = [name for name, value in values.items() if not isinstance(value, str)]
    if wrong:
        raise SettingsError(f"{path.name}: these values must be strings: {', '.join(wrong)}")
    return dict(values)
