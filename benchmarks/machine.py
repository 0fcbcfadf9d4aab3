"""The machine and the versions that a table was measured with."""

from __future__ import annotations

import os
import platform
from importlib import metadata
from pathlib import Path

PACKAGES = ("azure-functions", "azure-core", "azure-data-tables", "azure-storage-queue", "aiohttp", "twilio", "msgspec")


def describe() -> dict[str, str]:
    """Returns the processor, cores, system, interpreter and packages, each as text."""
    return {
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        **{name: metadata.version(name) for name in PACKAGES},
        "load before": f"{os.getloadavg()[0]:.1f}",
    }


def _processor() -> str:
    cpu = Path("/proc/cpuinfo")
    names = [line for line in cpu.read_text().splitlines() if line.startswith("model name")] if cpu.exists() else []
    return names[0].partition(": ")[2] if names else platform.processor() or platform.machine()
