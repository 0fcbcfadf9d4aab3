"""Calls: the state of a call leg, and what each TwiML verb does on it."""
