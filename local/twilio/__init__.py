"""A stand-in for Twilio on a developer's machine: its REST API, carrier, TwiML interpreter and signed webhooks.

It communicates with the app only over HTTP, as Twilio does, and contains nothing of the app.
"""
