-- Tasks of MCP: work that outlives its request. What is JSON has no other form here.

CREATE TABLE mcp_tasks (
    digest BLOB PRIMARY KEY,
    principal TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    runner TEXT NOT NULL,
    alive_until BIGINT NOT NULL,
    status TEXT NOT NULL,
    content TEXT NOT NULL,
    version BIGINT NOT NULL
);
CREATE INDEX mcp_tasks_by_end ON mcp_tasks (expires_at);
CREATE INDEX mcp_tasks_by_runner ON mcp_tasks (runner);
