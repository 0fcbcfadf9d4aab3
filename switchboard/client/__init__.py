"""Agents in the browser: the softphone page, sign-in, tokens and the calls that a browser makes."""
