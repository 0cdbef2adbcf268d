CREATE TABLE calls (
  id TEXT PRIMARY KEY,
  integration_id TEXT NOT NULL REFERENCES integrations (id) ON DELETE CASCADE,
  at REAL NOT NULL,
  sealed TEXT NOT NULL
);
CREATE INDEX calls_by_integration ON calls (integration_id, at);
DELETE FROM secrets WHERE kind = 'call';
