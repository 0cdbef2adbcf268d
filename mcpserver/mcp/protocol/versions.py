"""The revisions of MCP that are spoken here."""

MODERN_VERSION = "2026-07-28"
HANDSHAKE_VERSIONS = ("2025-11-25", "2025-06-18", "2025-03-26")
"""Newest first."""

SUPPORTED = (MODERN_VERSION, *HANDSHAKE_VERSIONS)
