"""An azd environment of its own for one run: made, deployed, and removed with everything that it made."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ops.deployment import parse_lines
from ops.errors import OpsError
from verify.magic_numbers import VALID_SENDER
from verify.tools import ToolFailed, Tools

PREFIX = "switchboard-verify-"
TOKEN_SECRET = "twilio-auth-token"  # noqa: S105  # its name
FOLDER = ".azure"
Note = Callable[[str], None]


def new_name() -> str:
    """Returns a name that no other run has: a deleted vault keeps its own for seven days."""
    return PREFIX + secrets.token_hex(4)


@dataclass
class AzureEnvironment:
    """The environment `name`. `is_made` and `may_have_resources` say what a removal has to look for."""

    name: str
    tools: Tools
    is_made: bool = False
    may_have_resources: bool = False
    values: Mapping[str, str] = field(default_factory=dict)
    previous: str = ""

    @property
    def resource_group(self) -> str:
        """The group of all resources, by infra/main.bicep."""
        return f"rg-{self.name}"

    @property
    def folder(self) -> Path:
        """Where azd keeps the environment on this machine."""
        return self.tools.folder / FOLDER / self.name

    def make(self, location: str, subscription: str, settings: Mapping[str, str]) -> None:
        """Makes it, with these variables. Raises OpsError."""
        self.previous = default_environment(self.tools)
        self.is_made = True
        self.tools.azd("env", "new", self.name, "--location", location, "--subscription", subscription)
        for name, value in settings.items():
            self.tools.azd("env", "set", name, value, "--environment", self.name)

    def deploy(self) -> None:
        """Provisions and deploys, with azd's own lines on the terminal. Raises OpsError."""
        self.may_have_resources = True
        self.tools.show_azd("up", "--environment", self.name)

    def read_values(self) -> None:
        """Reads the outputs of infra/. Raises OpsError."""
        self.values = parse_lines(self.tools.azd("env", "get-values", "--environment", self.name))

    def set_token(self, token: str) -> None:
        """Puts the auth token into the vault, by a file: others can read a command line. Raises OpsError."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "token"
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="ascii") as file:
                file.write(token)
            self.tools.az(
                *("keyvault", "secret", "set", "--vault-name", self.values["KEY_VAULT_NAME"], "--name", TOKEN_SECRET),
                *("--file", str(path), "--encoding", "utf-8", "--output", "none"),
            )

    def remove(self, note: Note) -> list[str]:
        """Removes everything, and returns what is left, each with the way to remove it."""
        if not self.is_made:
            return []
        left = self._remove_resources(note) if self.may_have_resources else []
        if not left:
            left += self._forget()
        return left + self._restore_default()

    def by_hand(self) -> list[str]:
        """Returns the commands of a removal that was interrupted: each is harmless when there is nothing to remove."""
        commands = [f"resource group {self.resource_group}: {self._delete_group}", f"folder: delete {self.folder}"]
        return [*commands, *([f"azd's default environment: azd env select {self.previous}"] if self.previous else [])]

    @property
    def _delete_group(self) -> str:
        return f"az group delete --name {self.resource_group} --yes"

    def _remove_resources(self, note: Note) -> list[str]:
        by_hand, problem = self._delete_group, ""
        try:
            self.tools.show_azd(
                *("down", "--environment", self.name, "--force", "--purge"),
                on_interrupt=lambda: note(
                    f"! removing goes on; Ctrl-C once more stops waiting, and then this is left: {by_hand}"
                ),
            )
        except KeyboardInterrupt:
            return [f"resource group {self.resource_group}, as azd down was interrupted: {by_hand}"]
        except OpsError as error:
            problem = str(error)
        try:
            exists = self.tools.az("group", "exists", "--name", self.resource_group).strip().lower()
        except (OpsError, KeyboardInterrupt):
            exists = "unknown"
        if exists == "false":
            return []
        if exists == "unknown":
            return [f"perhaps resource group {self.resource_group}, which az could not look up: {by_hand}"]
        return [f"resource group {self.resource_group} ({problem or 'azd down left it'}): {by_hand}"]

    def _forget(self) -> list[str]:
        """Deletes azd's own folder of the environment, which names what is gone."""
        try:
            shutil.rmtree(self.folder)
        except FileNotFoundError:
            return []
        except OSError as error:
            return [f"the folder {self.folder} ({type(error).__name__}): delete it"]
        return []

    def _restore_default(self) -> list[str]:
        """Selects the environment that was azd's default before: `azd env new` selects its own."""
        if not self.previous:
            return []
        try:
            self.tools.azd("env", "select", self.previous)
        except (OpsError, KeyboardInterrupt):
            return [f"azd's default environment is no longer {self.previous}: azd env select {self.previous}"]
        return []


def default_environment(tools: Tools) -> str:
    """Returns the name of azd's default environment here, "" without one."""
    try:
        listed = json.loads(tools.azd("env", "list", "--output", "json") or "[]")
        return next((str(each["Name"]) for each in listed if each.get("IsDefault")), "")
    except (ToolFailed, ValueError, KeyError, TypeError, AttributeError):
        return ""


def leftovers(folder: Path) -> list[str]:
    """Returns the names of environments that an earlier run could not remove, as after a power failure."""
    return sorted(path.name for path in (folder / FOLDER).glob(f"{PREFIX}*") if path.is_dir())


def settings_for(account_sid: str) -> dict[str, str]:
    """Returns the variables of the deployment: as small as it can be, and with nobody to mail."""
    return {
        "TWILIO_ACCOUNT_SID": account_sid,
        "TWILIO_FROM": VALID_SENDER,
        "OPERATOR_NUMBER": VALID_SENDER,
        "STORAGE_SKU": "Standard_LRS",
        "DAILY_LOG_CAP_GB": "1",
    }
