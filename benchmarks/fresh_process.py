"""Starts worker processes: apps in folders of their own, with no bytecode of theirs, and what they are asked."""

from __future__ import annotations

import asyncio
import compileall
import os
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import msgspec
from twilio.request_validator import RequestValidator

from benchmarks.figures import Figures

ROOT = Path(__file__).parents[1]
APPS = Path(__file__).parent / "apps"
PROGRAM = Path(__file__).parent / "programs" / "fresh_worker.py"
TOKEN = "token-of-the-benchmarks"
ORIGIN = "https://voice.example.com"
OUTPUT_SECONDS = 60
BUILD_FILE = "appsvc.yaml"
ENVIRONMENT: Mapping[str, str] = {
    "PATH": os.environ.get("PATH", ""),
    # Azure's package is read-only, and what is uploaded holds no bytecode.
    "PYTHONDONTWRITEBYTECODE": "1",
    "AZURE_FUNCTIONS_ENVIRONMENT": "Development",
    "AzureWebJobsStorage": "UseDevelopmentStorage=true",
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": TOKEN,
    "TWILIO_FROM": "+15005550001",
    "OPERATOR_NUMBER": "+15005550009",
    "PUBLIC_BASE_URL": ORIGIN,
}
PARAMETERS = {"CallSid": "CA" + "1" * 32, "From": "+15005550006", "To": "+15005550001", "CallStatus": "ringing"}


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """What a fresh worker runs: an app's folder, a function and its trigger; `prepared` is a module to import first."""

    folder: Path
    function: str
    trigger: dict[str, Any]
    environ: Mapping[str, str] = {}
    prepared: str = ""
    status: int = 200
    expects: str = ""


def compile_packages() -> None:
    """Compiles the installed packages once, as pip did for Azure's; a file that is compiled already is skipped."""
    compileall.compile_dir(sysconfig.get_path("purelib"), quiet=2, workers=0)


def uploaded_copy(folder: Path) -> Path:
    """Copies what is uploaded into a folder: sources without bytecode."""
    ignored = shutil.ignore_patterns("__pycache__", "testing")
    shutil.copytree(ROOT / "switchboard", folder / "switchboard", ignore=ignored)
    for name in ("function_app.py", "numbers.toml", BUILD_FILE):
        shutil.copy(ROOT / name, folder)
    return folder


def published_copy(folder: Path) -> Path:
    """Copies what Azure's build makes of the upload: runs its command, and copies the files without their times."""
    built = uploaded_copy(folder.with_name(folder.name + "-built"))
    command = next(
        line.partition(": ")[2] for line in (built / BUILD_FILE).read_text().splitlines() if "post-build:" in line
    )
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
    subprocess.run(["/bin/sh", "-c", command], cwd=built, env={"PATH": path}, check=True)
    shutil.copytree(built, folder, copy_function=shutil.copyfile)
    return folder


def signed_form(target: str, parameters: Mapping[str, str]) -> dict[str, Any]:
    """Returns a POST of Twilio's as the host encodes it; the host's own URL is not the one that Twilio called."""
    headers = {
        "x-twilio-signature": RequestValidator(TOKEN).compute_signature(ORIGIN + target, dict(parameters)),
        "content-type": "application/x-www-form-urlencoded",
        "host": "10.0.0.4:8080",
    }
    url = "http://10.0.0.4:8080" + target
    return {"method": "POST", "url": url, "headers": headers, "body": urlencode(parameters)}


async def answer(ask: Ask, began: list[float] | None = None) -> Figures:
    """Starts a worker, and returns its figures from the start of the process to its answer.

    With `began` the time of the process's start is added to it, for what another process sees.
    """
    return await asyncio.to_thread(_answer, ask, began)


def _answer(ask: Ask, began: list[float] | None) -> Figures:
    command = [sys.executable, str(PROGRAM), ask.function, ask.prepared]
    started = time.monotonic()
    done = subprocess.run(
        command,
        input=msgspec.json.encode(ask.trigger),
        cwd=ask.folder,
        env={**ENVIRONMENT, **ask.environ},
        capture_output=True,
        timeout=OUTPUT_SECONDS,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"the worker of {ask.folder.name} failed:\n{done.stderr.decode()}")
    said = msgspec.json.decode(done.stdout.splitlines()[-1])
    if said["status"] != ask.status or ask.expects not in said["body"]:
        raise RuntimeError(f"the worker of {ask.folder.name} answered {said}\n{done.stderr.decode()}")
    if began is not None:
        began.append(started)
    return Figures(seconds=said["at"] - started, cpu=said["cpu"], peak=said["peak"])


def helper_folder(folder: Path) -> Path:
    """Copies the modules that an app imports before it runs into a folder of their own, and returns it."""
    helpers = folder / "helpers"
    helpers.mkdir()
    shutil.copy(PROGRAM.with_name("trust_double.py"), helpers)
    return helpers
