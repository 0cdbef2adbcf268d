"""The supported revisions of MCP."""

MODERN_VERSION = "2026-07-28"
HANDSHAKE_VERSIONS = ("2025-11-25", "2025-06-18", "2025-03-26")
"""Revisions negotiated with ``initialize``, newest first."""

SUPPORTED = (MODERN_VERSION, *HANDSHAKE_VERSIONS)
