#!/bin/sh
# Installs, on a Debian or Ubuntu, what `make run` and ./sb need. The container of devcontainer.json runs it once.
set -eu
cd "$(dirname "$0")/.."

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

needed="ca-certificates git make python3 python3-venv"
missing=
for package in $needed; do
    dpkg-query --show --showformat='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
done
if [ -n "$missing" ]; then
    echo "Installing$missing"
    as_root apt-get update -qq
    # shellcheck disable=SC2086  # a list of names
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
fi

make install
echo "Ready: make run, and in a second terminal ./sb local text --from +15005550006 hours"
