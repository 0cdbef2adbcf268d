-- Sessions of the MCP revisions before 2026-07-28; what they hold is JSON.

CREATE TABLE mcp_sessions (
    digest BLOB PRIMARY KEY,
    content TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX mcp_sessions_by_end ON mcp_sessions (expires_at);
