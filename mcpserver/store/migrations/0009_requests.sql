-- Authorization requests that clients pushed (RFC 9126). A client may be known by its document only, hence no reference.
CREATE TABLE pushed_requests (
    digest BLOB PRIMARY KEY,
    client_id TEXT NOT NULL,
    parameters TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    opened_at BIGINT
);
CREATE INDEX pushed_requests_by_end ON pushed_requests (expires_at);

-- Requests, pushed or in a consent form, that a person has decided, so that nobody decides them twice.
CREATE TABLE decided_requests (
    digest BLOB PRIMARY KEY,
    expires_at BIGINT NOT NULL
);
CREATE INDEX decided_requests_by_end ON decided_requests (expires_at);
