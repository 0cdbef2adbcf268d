-- What one process tells the others, in rows that each reads once and that their writer deletes after some minutes.

CREATE TABLE events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    origin TEXT NOT NULL,
    content TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX events_by_origin ON events (origin, id);
CREATE INDEX events_by_creation ON events (created_at);

-- A question to a client of 2025-11-25 or earlier, while it waits. Any process may receive the answer.

CREATE TABLE mcp_questions (
    digest BLOB PRIMARY KEY,
    session BLOB NOT NULL,
    answer TEXT,
    expires_at BIGINT NOT NULL
);
CREATE INDEX mcp_questions_by_expiry ON mcp_questions (expires_at);
