"""The only code that imports azure.functions: one blueprint per group of functions.

A blueprint imports azure.functions and webhook.py. Its handlers import features and services when they are first
called, so that indexing the app loads neither.
"""
