"""One queue function that sends a text, with the async SDKs at the top: the claim is an insert, nothing else."""

import json
import os

import azure.functions as func
from azure.data.tables.aio import TableClient
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.rest import Client

app = func.FunctionApp()


@app.queue_trigger("message", "sms-outbox", "AzureWebJobsStorage")
async def hello(message: func.QueueMessage) -> None:
    """Inserts a record and makes one request to Twilio."""
    command = json.loads(message.get_body())
    async with TableClient.from_connection_string(os.environ["AzureWebJobsStorage"], "deliveries") as table:
        await table.create_entity({"PartitionKey": "p", "RowKey": command["id"]})
    async with AsyncTwilioHttpClient() as http:
        client = Client(os.environ["TWILIO_ACCOUNT_SID"], os.environ["TWILIO_AUTH_TOKEN"], http_client=http)
        client.api.base_url = os.environ["TWILIO_API_BASE_URL"]
        await client.messages.create_async(to=command["to"], from_=os.environ["TWILIO_FROM"], body=command["body"])
