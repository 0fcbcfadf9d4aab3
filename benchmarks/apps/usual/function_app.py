"""The usual sample: every SDK at the top, the auth token from a setting."""

import os

import azure.functions as func
from azure.identity import DefaultAzureCredential
from azure.keyvault.secrets import SecretClient
from twilio.request_validator import RequestValidator
from twilio.rest import Client
from twilio.twiml.voice_response import VoiceResponse

app = func.FunctionApp()
sdks = (DefaultAzureCredential, SecretClient, Client)


@app.route("hello", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
def hello(req: func.HttpRequest) -> func.HttpResponse:
    """Answers a call."""
    validator = RequestValidator(os.environ["TWILIO_AUTH_TOKEN"])
    url = os.environ["PUBLIC_BASE_URL"] + "/api/voice/incoming"
    if not validator.validate(url, req.form, req.headers.get("X-Twilio-Signature", "")):
        return func.HttpResponse(status_code=403)
    response = VoiceResponse()
    response.say("Hello")
    return func.HttpResponse(str(response), mimetype="text/xml")
