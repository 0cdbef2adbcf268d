-- Keys that say with what they sign and from when: one that is published before it signs waits with signs_from ahead.
-- The key with retired_at NULL is the newest one, and the only one; the one before it retires when that one begins.

ALTER TABLE signing_keys ADD COLUMN algorithm TEXT NOT NULL DEFAULT 'ES256';
ALTER TABLE signing_keys ADD COLUMN signs_from BIGINT NOT NULL DEFAULT 0;
UPDATE signing_keys SET signs_from = created_at;
