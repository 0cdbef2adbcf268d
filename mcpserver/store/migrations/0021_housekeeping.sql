-- Work that exactly one process does at a time. A row is a lease: whoever set leased_until holds the task until then. The rest tells when it last ran.

CREATE TABLE housekeeping (
    task TEXT PRIMARY KEY,
    holder TEXT,
    leased_until BIGINT NOT NULL DEFAULT 0,
    started_at BIGINT,
    finished_at BIGINT,
    rows_removed BIGINT NOT NULL DEFAULT 0,
    last_error TEXT
);
INSERT INTO housekeeping (task) VALUES ('expire'), ('purge'), ('signing_keys');

-- What it deletes is found without reading what stays.
CREATE INDEX unspent_codes_by_end ON codes (expires_at) WHERE spent_at IS NULL;
CREATE INDEX undecided_device_requests_by_end ON device_requests (expires_at) WHERE decided_by IS NULL;
CREATE INDEX revocations_by_time ON revocations (revoked_at);
