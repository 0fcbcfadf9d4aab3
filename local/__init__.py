"""The local stack: Azurite, the Functions host and Twilio's stand-in. Loopback only, never deployed."""
