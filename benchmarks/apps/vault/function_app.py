"""One function that reads a secret of Key Vault by the app's identity, with the async SDKs at the top."""

import os

import azure.functions as func
from azure.identity.aio import DefaultAzureCredential
from azure.keyvault.secrets.aio import SecretClient

app = func.FunctionApp()


@app.route("hello", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
async def hello(req: func.HttpRequest) -> func.HttpResponse:
    """Reads the secret once."""
    async with DefaultAzureCredential() as credential:
        client = SecretClient(os.environ["KEY_VAULT_URL"], credential, verify_challenge_resource=False)
        async with client:
            secret = await client.get_secret("twilio-auth-token")
    return func.HttpResponse(f"Hello, {len(secret.value or '')} characters")
