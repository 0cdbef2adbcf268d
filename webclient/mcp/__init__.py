"""The Model Context Protocol as a client speaks it over Streamable HTTP: 2026-07-28, and the handshake of earlier revisions."""
