"""The version of both programs' server half, in a module that imports nothing: setup.cfg reads it from here."""

__version__ = "0.1.0"
