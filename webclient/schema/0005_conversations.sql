CREATE TABLE conversations (
  id TEXT PRIMARY KEY,
  owner BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  sealed TEXT NOT NULL
);
CREATE INDEX conversations_by_owner ON conversations (owner, changed_at);
