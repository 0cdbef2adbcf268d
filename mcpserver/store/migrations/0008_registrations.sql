-- Clients that registered themselves: since when one that never had a grant waits for its first (null otherwise, and for those that were here before),
-- and the digest of the token that manages it (RFC 7592).

ALTER TABLE clients ADD COLUMN unused_since BIGINT;
ALTER TABLE clients ADD COLUMN management_digest BLOB;
CREATE INDEX unused_clients ON clients (unused_since) WHERE unused_since IS NOT NULL;

-- Initial access tokens (RFC 7591 section 3).
CREATE TABLE invitations (
    id TEXT PRIMARY KEY,
    digest BLOB NOT NULL UNIQUE,
    note TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    uses_left BIGINT NOT NULL
);
CREATE INDEX invitations_by_end ON invitations (expires_at);
