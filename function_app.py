"""Switchboard's Azure Functions app: registers the blueprints, nothing else."""

import logging

import azure.functions as func

from switchboard.blueprints import client, delivery, flows, health, housekeeping, messaging, status, twimlets, voice

# The worker sets the root logger to INFO. At that level these two log request parameters and URLs with numbers.
for name in ("azure", "twilio"):
    logging.getLogger(name).setLevel(logging.WARNING)

app = func.FunctionApp()
for module in (voice, flows, messaging, status, twimlets, client, health, delivery, housekeeping):
    app.register_functions(module.blueprint)
