#!/bin/sh
# azd runs this after provisioning. A role that was just given takes minutes to work everywhere, and azd does not repeat
# a deployment that ends with 403 (https://github.com/Azure/azure-dev/issues/8026). So this writes a test blob into the
# deployment container until Azure takes it: the deployer's role is as new as the app's own.
set -eu

# azd sets them.
: "${AZURE_SUBSCRIPTION_ID:?run this by azd}" "${AZURE_STORAGE_ACCOUNT:?run this by azd}" "${DEPLOYMENT_CONTAINER:?run this by azd}"

TRIES=${ROLE_WAIT_TRIES:-40}
PAUSE=${ROLE_WAIT_PAUSE:-15}
BLOB=role-check

if ! az account show --subscription "$AZURE_SUBSCRIPTION_ID" --output none 2>/dev/null; then
    echo "Not waited for new roles: that needs az, after az login. If deploying ends with 403, run azd deploy again."
    exit 0
fi

file=$(mktemp)
trap 'rm -f "$file"' EXIT
echo check >"$file"

blob() {
    az storage blob "$@" --subscription "$AZURE_SUBSCRIPTION_ID" --auth-mode login --only-show-errors --output none \
        --account-name "$AZURE_STORAGE_ACCOUNT" --container-name "$DEPLOYMENT_CONTAINER" --name "$BLOB"
}

try=1
problem=
while [ "$try" -le "$TRIES" ]; do
    if problem=$(blob upload --file "$file" --overwrite 2>&1); then
        blob delete 2>/dev/null || true
        echo "Roles are in effect: the deployment container can be written."
        exit 0
    fi
    echo "Waiting until the deployment container can be written: try $try of $TRIES, next in $PAUSE s."
    sleep "$PAUSE"
    try=$((try + 1))
done

echo "The deployment container still cannot be written. The last answer was: $problem" >&2
echo "Deploying goes on. If it ends with 403, wait some minutes and run azd deploy again." >&2
