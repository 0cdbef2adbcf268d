-- How many changes were committed: the mark beside the database keeps the same number, and a database that is behind its mark was restored from a backup.
-- The newest instant that was seen, so that a clock that was set back is noticed at the next start. Whether this file is a copy that `database backup`
-- made, and when everything that had been given was ended after a restore.

CREATE TABLE history (
    changes BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    is_copy SMALLINT NOT NULL,
    voided_at BIGINT
);
INSERT INTO history (changes, seen_at, is_copy) VALUES (0, 0, 0);
