-- A session that people can recognize and end from elsewhere, with everything they allowed in it. Its id is no secret, and stays the same when
-- somebody who is signed in signs in again; those that were there before get one from whose they are and when they began.

ALTER TABLE sessions ADD COLUMN id TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN browser TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN seen_at BIGINT NOT NULL DEFAULT 0;
UPDATE sessions SET id = user_id || '.' || created_at, seen_at = created_at;
CREATE INDEX sessions_by_id ON sessions (id);

-- In which session it was allowed; it outlives the session, hence no reference.
ALTER TABLE grants ADD COLUMN session_id TEXT;
