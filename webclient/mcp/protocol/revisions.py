"""The revisions of MCP that this client speaks (MCP 2026-07-28, versioning)."""

MODERN = "2026-07-28"
HANDSHAKE = ("2025-11-25", "2025-06-18", "2025-03-26")
OLDEST = "2024-11-05"
"""The revision of the HTTP+SSE transport."""
LEGACY = (*HANDSHAKE, OLDEST)
ALL = (MODERN, *LEGACY)
META = "io.modelcontextprotocol/"
TASKS = META + "tasks"
AUGMENTED = "2025-11-25"
"""The only revision whose requests can be augmented with tasks; later revisions have tasks of another kind."""
RELATED_TASK = META + "related-task"
"""The member of ``_meta`` that names the task of a message (MCP 2025-11-25, tasks)."""
