"""A registered client, with Ada signed in or with nobody."""

from ..attacks.conftest import asker, visitor

__all__ = ["asker", "visitor"]
