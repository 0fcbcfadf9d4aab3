"""The only code on the network: Twilio's REST API, Key Vault, Table Storage, Queue Storage."""
