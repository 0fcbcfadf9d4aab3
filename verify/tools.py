"""Runs azd and az: their output, or a sentence about what is wrong; ended in order at an interrupt."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local.settings import ROOT
from ops.errors import OpsError

# az takes seconds for the simplest command. `azd up` has no limit: a person can interrupt it.
AZ_SECONDS = 180
GRACE_SECONDS = 20
LAST_LINES = 12
BICEP_PARAMETERS = ROOT / "infra" / "main.bicepparam"
SECRETS = ("TWILIO_AUTH_TOKEN", "TWILIO_TEST_AUTH_TOKEN", "TWILIO_TEST_ACCOUNT_SID")
WHERE = {
    "azd": "https://aka.ms/azd",
    "az": "https://aka.ms/installazurecli",
}


class ToolFailed(OpsError):
    """A command ended with an error. `output` has the last lines that it wrote."""

    def __init__(self, command: str, output: str) -> None:
        super().__init__(f"{command} failed: {output or 'it wrote nothing'}")
        self.output = output


@dataclass(frozen=True)
class Tools:
    """azd and az from PATH, run in `folder`, without the variables of `environ` that would change the deployment."""

    folder: Path = ROOT
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)

    def ensure_installed(self) -> None:
        """Raises OpsError unless both are on PATH."""
        for tool in WHERE:
            self._found(tool)

    def azd(self, *arguments: str) -> str:
        """Returns what azd prints. Raises OpsError."""
        return self._output("azd", (*arguments, "--no-prompt"))

    def az(self, *arguments: str) -> str:
        """Returns what az prints, without the line break at its end. Raises OpsError."""
        return self._output("az", (*arguments, "--only-show-errors"))

    def show_azd(self, *arguments: str, on_interrupt: Callable[[], None] | None = None) -> None:
        """Runs azd with its output on this terminal. Raises OpsError, and KeyboardInterrupt once azd has ended.

        With `on_interrupt` Ctrl-C does not reach azd: the first one calls it, and only the second one ends azd.
        """
        command = [self._found("azd"), *arguments, "--no-prompt"]
        group = _own_group() if on_interrupt else {}
        process = subprocess.Popen(command, cwd=self.folder, env=self._environ(), **group)  # noqa: S603  # azd, by its path
        try:
            code = _wait(process, on_interrupt)
        except KeyboardInterrupt:
            _end(process)
            raise
        if code:
            raise ToolFailed(f"azd {arguments[0]}", f"exit code {code}; its own lines above say why")

    def _found(self, tool: str) -> str:
        """Returns the path of a tool: on Windows az is a script, which starts by its whole name only."""
        path = shutil.which(tool, path=self.environ.get("PATH", ""))
        if path is None:
            raise OpsError(f"{tool} is not on PATH: install it, {WHERE[tool]}")
        return path

    def _environ(self) -> Mapping[str, str]:
        """Returns the variables but for those that infra/main.bicepparam reads: azd would pass them on."""
        read = re.findall(r"readEnvironmentVariable\('(\w+)'", BICEP_PARAMETERS.read_text(encoding="utf-8"))
        dropped = {*read, *SECRETS}
        return {name: value for name, value in self.environ.items() if name not in dropped}

    def _output(self, tool: str, arguments: Sequence[str]) -> str:
        command = [self._found(tool), *arguments]
        try:
            done = subprocess.run(  # noqa: S603  # azd or az, by its absolute path
                command,
                cwd=self.folder,
                env=self._environ(),
                capture_output=True,
                text=True,
                timeout=AZ_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise ToolFailed(_shown(tool, arguments), f"no answer within {AZ_SECONDS} s") from error
        except OSError as error:
            raise ToolFailed(_shown(tool, arguments), type(error).__name__) from error
        if done.returncode:
            lines = (done.stderr.strip() or done.stdout.strip()).splitlines()
            raise ToolFailed(_shown(tool, arguments), "\n  ".join(lines[-LAST_LINES:]))
        return done.stdout.strip()


def _shown(tool: str, arguments: Sequence[str]) -> str:
    """Returns the beginning of a command, before its options."""
    return " ".join([tool, *arguments[: next((i for i, a in enumerate(arguments) if a.startswith("-")), 3)]])


def _own_group() -> dict[str, Any]:
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}


def _wait(process: subprocess.Popen[bytes], on_interrupt: Callable[[], None] | None) -> int:
    """Returns the exit code. Raises KeyboardInterrupt at the first Ctrl-C, or with `on_interrupt` at the second."""
    if on_interrupt is None:
        return process.wait()
    try:
        return process.wait()
    except KeyboardInterrupt:
        on_interrupt()
        return process.wait()


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends a process that Ctrl-C may have reached already."""
    try:
        process.wait(GRACE_SECONDS / 4)
    except subprocess.TimeoutExpired:
        process.terminate()
        try:
            process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
