-- RFC 8628: what devices ask for by a code that a person types in elsewhere. Allowed with a grant; denied with decided_by alone.
-- A client that is known by its document is kept when somebody allows it something, so there may be none to refer to yet.

CREATE TABLE device_requests (
    digest BLOB PRIMARY KEY,
    user_code BLOB NOT NULL UNIQUE,
    client_id TEXT NOT NULL,
    scope TEXT NOT NULL,
    resource TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    poll_interval BIGINT NOT NULL,
    thumbprint TEXT,
    polled_at BIGINT,
    decided_by TEXT,
    grant_id TEXT REFERENCES grants ON DELETE CASCADE,
    spent_at BIGINT
);
CREATE INDEX device_requests_by_grant ON device_requests (grant_id);
CREATE INDEX device_requests_by_end ON device_requests (expires_at);
