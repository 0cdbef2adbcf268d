-- Instants are epoch seconds. Secrets are here as SHA-256 digests only, private keys sealed.

CREATE TABLE accounts (
    id TEXT PRIMARY KEY,
    username TEXT NOT NULL,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    password_hash TEXT NOT NULL,
    email TEXT,
    admin SMALLINT NOT NULL,
    disabled_at BIGINT
);

-- Usernames and e-mail addresses, case-folded, in one table: nobody's username is another's address.
CREATE TABLE logins (
    login TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES accounts ON DELETE CASCADE
);
CREATE INDEX logins_by_user ON logins (user_id);

CREATE TABLE sessions (
    digest BLOB PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES accounts ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_end ON sessions (expires_at);

CREATE TABLE clients (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    redirect_uris TEXT NOT NULL,
    kind TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    auth_method TEXT NOT NULL,
    secret_digest BLOB,
    grant_types TEXT NOT NULL,
    scope TEXT,
    metadata TEXT NOT NULL
);

CREATE TABLE grants (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES accounts ON DELETE CASCADE,
    client_id TEXT NOT NULL REFERENCES clients ON DELETE CASCADE,
    scope TEXT NOT NULL,
    resource TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    generation BIGINT NOT NULL,
    rotated_at BIGINT,
    revoked_at BIGINT
);
CREATE INDEX grants_by_user ON grants (user_id);
CREATE INDEX grants_by_client ON grants (client_id);

CREATE TABLE codes (
    digest BLOB PRIMARY KEY,
    grant_id TEXT NOT NULL REFERENCES grants ON DELETE CASCADE,
    redirect_uri TEXT NOT NULL,
    code_challenge TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    spent_at BIGINT
);
CREATE INDEX codes_by_grant ON codes (grant_id);
CREATE INDEX codes_by_end ON codes (expires_at);

CREATE TABLE refresh_tokens (
    digest BLOB PRIMARY KEY,
    grant_id TEXT NOT NULL REFERENCES grants ON DELETE CASCADE,
    generation BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX refresh_tokens_by_grant ON refresh_tokens (grant_id, generation);
CREATE INDEX refresh_tokens_by_end ON refresh_tokens (expires_at);

-- Announces dead grants to every process; it outlives the grants, hence no reference.
CREATE TABLE revocations (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    grant_id TEXT NOT NULL,
    revoked_at BIGINT NOT NULL
);

CREATE TABLE signing_keys (
    kid TEXT PRIMARY KEY,
    sealed TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    retired_at BIGINT
);
CREATE UNIQUE INDEX one_active_signing_key ON signing_keys ((1)) WHERE retired_at IS NULL;

CREATE TABLE notes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id TEXT NOT NULL REFERENCES accounts ON DELETE CASCADE,
    text TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX notes_by_user ON notes (user_id, id);
