"""What differs between the revisions of MCP. ``handshake`` is deletable once nobody speaks them."""

from .versions import HANDSHAKE_VERSIONS, MODERN_VERSION, SUPPORTED

__all__ = ["HANDSHAKE_VERSIONS", "MODERN_VERSION", "SUPPORTED"]
