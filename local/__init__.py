"""A developer's machine only, loopback only, never deployed: Azurite, the Functions host, Twilio's stand-in."""
