"""Agents who take calls in a browser: who may sign in, the token for Twilio's voice SDK, and what a browser may dial.

    page ──agent, key──► sign_in ──► token ──► the SDK registers at Twilio
    page ──device.connect──► Twilio ──signed webhook──► dialling ──► TwiML

The page holds nothing that gives access by itself: a key is checked for each token, a token is valid for an hour, and
what a page asks Twilio to dial is decided here.
"""
