"""Delivery of commands: never lost, never twice.

A queue delivers at least once, a worker may crash between any two lines, and Twilio's creates cannot be repeated
safely. So each attempt is claimed in the ledger before the request to Twilio, and its outcome is recorded after it.
What a worker does with a message depends on the record (decision.py). docs/architecture.md lists the modules,
docs/operating.md draws each case, and docs/decisions/0050 states the promise and its limits.
"""
