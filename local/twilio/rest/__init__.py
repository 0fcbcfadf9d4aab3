"""Twilio's REST API: authentication, resources, lists and errors."""
