#!/bin/sh
# azd runs this before it packages the app, and `make client` runs it too: gets Twilio's voice SDK, which the browser
# softphone needs, in the version and with the checksum of switchboard/client/sdk/package-lock.json. Only the SDK and its
# licence stay. Everything else of the app works without them.
set -eu

SDK=switchboard/client/sdk
PACKAGE="$SDK/node_modules/@twilio/voice-sdk"

if ! command -v npm >/dev/null 2>&1; then
    echo "The voice SDK is not downloaded: that needs npm. The softphone at /api/client does not work without it." >&2
    exit 1
fi

trap 'rm -rf "$SDK/node_modules"' EXIT
if ! npm ci --prefix "$SDK" --no-audit --no-fund --ignore-scripts >/dev/null; then
    echo "The voice SDK is not downloaded: npm failed. The softphone at /api/client does not work without it." >&2
    exit 1
fi
cp "$PACKAGE/LICENSE.md" "$SDK/LICENSE.md"
cp "$PACKAGE/dist/twilio.min.js" "$SDK/twilio.min.js"
echo "The voice SDK is in $SDK."
