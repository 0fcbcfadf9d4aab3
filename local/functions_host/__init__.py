"""A local Functions host: runs function_app.py as `func start` does."""

from local.functions_host.options import HostError, HostOptions
from local.functions_host.server import Host, serve

__all__ = ["Host", "HostError", "HostOptions", "serve"]
