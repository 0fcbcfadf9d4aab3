"""Proves a deployment: one checklist for Azure, for `func start` and for the local stack. Never deployed.

`python -m verify azure` and `python -m verify host` run it; docs/operating.md says what they need and cost.
"""
