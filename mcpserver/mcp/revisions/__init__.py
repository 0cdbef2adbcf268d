"""What differs between the revisions of MCP. ``handshake`` is deletable once nobody speaks them."""

from .handshake import VERSIONS as HANDSHAKE_VERSIONS
from .modern import VERSION as MODERN_VERSION

SUPPORTED = (MODERN_VERSION, *HANDSHAKE_VERSIONS)
"""Newest first."""

__all__ = ["HANDSHAKE_VERSIONS", "MODERN_VERSION", "SUPPORTED"]
