#!/bin/sh
# azd runs this after deploying: what is left to do by hand, and how to see that all of it is right.
set -eu

# azd sets them.
: "${KEY_VAULT_NAME:?run this by azd}" "${HEALTH_URL:?run this by azd}"
NUMBER=${TWILIO_FROM:-<your Twilio number>}

echo "The app is deployed. What is left, from this clone (make install once):"
echo "  1. put Twilio's auth token into $KEY_VAULT_NAME:  ./sb ops set-secret twilio-auth-token"
echo "  2. point your number at the app:  ./sb ops point $NUMBER"
echo "  3. check all of it:  ./sb ops doctor"
echo "Until then $HEALTH_URL says what is missing."
echo "Calls in a browser need an API key and a TwiML app: docs/guide.md, Take calls in a browser."
if [ "${RECOVER_KEY_VAULT:-false}" = true ]; then
    echo "The vault is recovered, with its secrets. Before the next deployment:  azd env set RECOVER_KEY_VAULT false"
fi
