"""The command line of the web client, one module a command."""

from .serve import main

__all__ = ["main"]
