"""One function that reads a secret of Key Vault and puts a message on a queue, with the async SDKs at the top."""

import os

import azure.functions as func
from azure.identity.aio import DefaultAzureCredential
from azure.keyvault.secrets.aio import SecretClient
from azure.storage.queue.aio import QueueClient

app = func.FunctionApp()


@app.route("hello", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
async def hello(req: func.HttpRequest) -> func.HttpResponse:
    """Reads the secret once, and puts one message."""
    async with DefaultAzureCredential() as credential:
        client = SecretClient(os.environ["KEY_VAULT_URL"], credential, verify_challenge_resource=False)
        async with client:
            secret = await client.get_secret("twilio-auth-token")
    async with QueueClient.from_connection_string(os.environ["AzureWebJobsStorage"], "events") as queue:
        await queue.send_message(req.get_body().decode())
    return func.HttpResponse(f"Hello, {len(secret.value or '')} characters")
