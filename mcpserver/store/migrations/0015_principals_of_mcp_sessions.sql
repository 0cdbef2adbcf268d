-- To whom a session belongs, so that nobody can fill the disk with them: of each principal the newest are kept. Empty for whoever comes without a name.

ALTER TABLE mcp_sessions ADD COLUMN principal TEXT NOT NULL DEFAULT '';
CREATE INDEX mcp_sessions_by_principal ON mcp_sessions (principal, expires_at);
