-- What changes wait for when they must come one after another and there is no row of their own to wait for.

CREATE TABLE locks (name TEXT PRIMARY KEY);
INSERT INTO locks (name) VALUES ('signing_keys');
