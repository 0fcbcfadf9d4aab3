"""Runs function_app.py on this machine, as Azure's Functions host does: a stand-in for `func start`."""

from local.functions_host.options import HostError, HostOptions
from local.functions_host.server import Host, serve

__all__ = ["Host", "HostError", "HostOptions", "serve"]
