CREATE TABLE people (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  login TEXT UNIQUE,
  password TEXT,
  subject TEXT UNIQUE,
  created_at INTEGER NOT NULL
);
CREATE TABLE sessions (
  digest BLOB PRIMARY KEY,
  person_id TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
  created_at INTEGER NOT NULL,
  seen_at INTEGER NOT NULL
);
CREATE INDEX sessions_by_person ON sessions (person_id);
CREATE TABLE sign_ins (
  state BLOB PRIMARY KEY,
  browser BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  sealed TEXT NOT NULL
);
