CREATE TABLE integrations (
  id TEXT PRIMARY KEY,
  owner BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  payload TEXT NOT NULL
);
CREATE INDEX integrations_by_owner ON integrations (owner, created_at);
CREATE TABLE secrets (
  integration_id TEXT NOT NULL REFERENCES integrations (id) ON DELETE CASCADE,
  kind TEXT NOT NULL,
  sealed TEXT NOT NULL,
  PRIMARY KEY (integration_id, kind)
);
CREATE TABLE registrations (
  issuer TEXT NOT NULL,
  redirect_uri TEXT NOT NULL,
  sealed TEXT NOT NULL,
  PRIMARY KEY (issuer, redirect_uri)
);
CREATE TABLE pending (
  state BLOB PRIMARY KEY,
  owner BLOB NOT NULL,
  integration_id TEXT NOT NULL REFERENCES integrations (id) ON DELETE CASCADE,
  created_at INTEGER NOT NULL,
  sealed TEXT NOT NULL
);
CREATE TABLE hops (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  integration_id TEXT NOT NULL REFERENCES integrations (id) ON DELETE CASCADE,
  payload TEXT NOT NULL
);
CREATE INDEX hops_by_integration ON hops (integration_id, id);
