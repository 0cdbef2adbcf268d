-- Assertions that were shown (RFC 7523 section 3, item 7), until they expire.

CREATE TABLE used_assertions (
    digest BLOB PRIMARY KEY,
    expires_at BIGINT NOT NULL
);
CREATE INDEX used_assertions_by_end ON used_assertions (expires_at);

-- People whom an identity provider vouches for; the tenant is empty where the issuer has one only.
CREATE TABLE identities (
    issuer TEXT NOT NULL,
    tenant TEXT NOT NULL,
    subject TEXT NOT NULL,
    user_id TEXT NOT NULL REFERENCES accounts ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (issuer, tenant, subject)
);
CREATE INDEX identities_by_user ON identities (user_id);

-- Programs that their platform vouches for, and the clients that they may act as.
CREATE TABLE workloads (
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    client_id TEXT NOT NULL REFERENCES clients ON DELETE CASCADE,
    PRIMARY KEY (issuer, subject)
);
CREATE INDEX workloads_by_client ON workloads (client_id);
