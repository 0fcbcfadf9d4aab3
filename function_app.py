"""Switchboard's Azure Functions app: registers the blueprints, nothing else."""

import logging

import azure.functions as func

from switchboard.blueprints import delivery, health, housekeeping, messaging, status, twimlets, voice

# The worker sets the root logger to INFO; at that level these two log request parameters and URLs, numbers included.
for chatty in ("azure", "twilio"):
    logging.getLogger(chatty).setLevel(logging.WARNING)

app = func.FunctionApp()
for door in (voice, messaging, status, twimlets, health, delivery, housekeeping):
    app.register_functions(door.blueprint)
