"""The phone page in the browser: its files, its API and its stream of events."""
