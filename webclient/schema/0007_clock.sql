-- The newest instant that was seen, so that a clock that was set back while nothing runs is noticed.
CREATE TABLE clock (seen_at REAL NOT NULL);
INSERT INTO clock VALUES (0);
