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
"""The one revision whose requests can be augmented with tasks; what came later has other tasks."""
RELATED_TASK = META + "related-task"
"""The member of ``_meta`` that says which task a message belongs to (MCP 2025-11-25, tasks)."""
SKILLS = META + "skills"
