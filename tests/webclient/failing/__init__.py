"""Ninety servers that fail, each in one way that was met in the world, and what a person has to read about it."""

from . import finding, reaching, signing_in
from .catalogue import FAILURES
from .server import Server

__all__ = ["FAILURES", "Server", "finding", "reaching", "signing_in"]
