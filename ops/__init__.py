"""Operators' commands, for a deployment in Azure (by the operator's own login) or the local stack. Never deployed."""
