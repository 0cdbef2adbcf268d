-- Keys of several algorithms sign side by side (ID tokens by what their client asks for): of each algorithm one key is the newest.

DROP INDEX one_active_signing_key;
CREATE UNIQUE INDEX newest_signing_keys ON signing_keys (algorithm) WHERE retired_at IS NULL;
