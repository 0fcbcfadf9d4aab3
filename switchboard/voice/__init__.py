"""Voice webhooks -> TwiML."""
