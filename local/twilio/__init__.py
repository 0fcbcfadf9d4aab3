"""Twilio's side of the wire on a developer's machine: its REST API, its carrier, its TwiML, its signed webhooks.

It knows nothing of the app it serves: what it says and hears goes over HTTP, as with Twilio itself.
"""
