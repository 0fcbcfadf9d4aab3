"""Softphones: Twilio's side of the browser SDK. Its signalling, the devices that are registered, and their sound.

The facts of the wire are read from @twilio/voice-sdk 2.18 (pstream.js, device.js, call.js).
"""
