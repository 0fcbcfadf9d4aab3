#!/bin/sh
# azd runs this before provisioning. A deleted Key Vault keeps its name for seven days, and Azure ends a deployment of a
# new one with "A vault with the same name already exists in deleted state". This says what to do before that.
set -eu

NAME=${AZURE_ENV_NAME:-}
SUBSCRIPTION=${AZURE_SUBSCRIPTION_ID:-}
LOCATION=${AZURE_LOCATION:-}
RECOVER=${RECOVER_KEY_VAULT:-false}

# In a new environment azd asks for these two later: nothing of it was ever deployed.
if [ -z "$SUBSCRIPTION" ] || [ -z "$LOCATION" ]; then
    exit 0
fi
if ! az account show --subscription "$SUBSCRIPTION" --output none 2>/dev/null; then
    echo "Not checked whether a deleted Key Vault has this environment's name: that needs az, after az login."
    exit 0
fi

deleted=$(az keyvault list-deleted --resource-type vault --subscription "$SUBSCRIPTION" --output tsv \
    --query "[?properties.tags.\"azd-env-name\"=='$NAME' && properties.location=='$LOCATION'].name") || deleted=

if [ -n "$deleted" ] && [ "$RECOVER" != true ]; then
    echo "Key Vault $deleted was deleted with an earlier deployment of $NAME, and keeps its name for seven days." >&2
    echo "Recover it, with its secrets:  azd env set RECOVER_KEY_VAULT true" >&2
    exit 1
fi
if [ -z "$deleted" ] && [ "$RECOVER" = true ]; then
    echo "There is no deleted Key Vault of $NAME to recover:  azd env set RECOVER_KEY_VAULT false" >&2
    exit 1
fi
