#!/usr/bin/env bash
# Logs az in by this workflow run's own identity token: no stored credential.
set -euo pipefail

token="$(curl --silent --show-error --fail --header "Authorization: bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN" \
  "$ACTIONS_ID_TOKEN_REQUEST_URL&audience=api://AzureADTokenExchange" | jq --raw-output .value)"
az login --service-principal --username "$AZURE_CLIENT_ID" --tenant "$AZURE_TENANT_ID" --federated-token "$token" --output none
az account set --subscription "$AZURE_SUBSCRIPTION_ID"
