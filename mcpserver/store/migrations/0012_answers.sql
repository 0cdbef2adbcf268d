-- The answer that a decided request got, sealed: a second click on the same button gets it again.

ALTER TABLE decided_requests ADD COLUMN answer TEXT;
