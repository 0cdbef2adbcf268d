-- A grant without a person: a client acts for itself (OAuth 2.1 section 4.2). The column is made anew because SQLite cannot lift NOT NULL.

ALTER TABLE grants ADD COLUMN account_id TEXT REFERENCES accounts ON DELETE CASCADE;
UPDATE grants SET account_id = user_id;
DROP INDEX grants_by_user;
ALTER TABLE grants DROP COLUMN user_id;
ALTER TABLE grants RENAME COLUMN account_id TO user_id;
CREATE INDEX grants_by_user ON grants (user_id);
