"""TwiML: parses and checks documents, and interprets them as a sequence of verbs. No network, no clock."""
