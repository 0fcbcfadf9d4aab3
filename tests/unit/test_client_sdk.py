"""The download of the voice SDK: pinned by a lock file, kept with its licence, never in the way of anything else."""

import json
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
HOOK = ROOT / "infra" / "hooks" / "client-sdk.sh"
SDK = "switchboard/client/sdk"
PACKAGE = "node_modules/@twilio/voice-sdk"
# npm as far as the hook uses it: unpacks the package, or fails.
NPM = f"""#!/bin/sh
[ "$*" = "ci --prefix {SDK} --no-audit --no-fund --ignore-scripts" ] || exit 9
mkdir -p {SDK}/{PACKAGE}/dist
echo licence >{SDK}/{PACKAGE}/LICENSE.md
echo sdk >{SDK}/{PACKAGE}/dist/twilio.min.js
exit ${{NPM_EXIT:-0}}
"""


def run(folder: Path, *, npm: bool = True, fails: bool = False) -> subprocess.CompletedProcess[str]:
    """The hook in a clone with an npm of the test's own."""
    (folder / SDK).mkdir(parents=True)
    tools = folder / "bin"
    tools.mkdir()
    for name in ("cp", "rm", "mkdir"):
        (tools / name).symlink_to(f"/bin/{name}")
    if npm:
        (tools / "npm").write_text(NPM)
        (tools / "npm").chmod(0o755)
    environment = {"PATH": str(tools), "NPM_EXIT": "1" if fails else "0"}
    return subprocess.run(
        ["/bin/sh", HOOK], cwd=folder, env=environment, capture_output=True, text=True, timeout=30, check=False
    )


def test_the_sdk_and_its_licence_stay(tmp_path: Path) -> None:
    """And nothing else of what npm unpacked."""
    done = run(tmp_path)
    assert (done.returncode, done.stdout) == (0, f"The voice SDK is in {SDK}.\n")
    assert {path.name: path.read_text() for path in (tmp_path / SDK).iterdir()} == {
        "LICENSE.md": "licence\n",
        "twilio.min.js": "sdk\n",
    }


def test_a_failed_download_leaves_nothing(tmp_path: Path) -> None:
    """With a sentence that says what does not work."""
    done = run(tmp_path, fails=True)
    assert done.returncode == 1
    assert "npm failed. The softphone at /api/client does not work without it." in done.stderr
    assert not list((tmp_path / SDK).iterdir())


def test_without_npm_the_hook_says_so(tmp_path: Path) -> None:
    """azd goes on without the SDK."""
    done = run(tmp_path, npm=False)
    assert done.returncode == 1
    assert "that needs npm" in done.stderr


def test_the_version_is_pinned_by_checksum() -> None:
    """npm refuses a package whose checksum is not the lock file's."""
    (wanted,) = json.loads((ROOT / SDK / "package.json").read_text())["dependencies"].values()
    packages = json.loads((ROOT / SDK / "package-lock.json").read_text())["packages"]
    assert packages[PACKAGE]["version"] == wanted
    assert all(each["integrity"].startswith("sha512-") for name, each in packages.items() if name)
