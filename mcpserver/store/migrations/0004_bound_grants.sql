-- RFC 9449: the thumbprint of the key that a grant's code, and a public client's refresh tokens, are bound to.

ALTER TABLE grants ADD COLUMN thumbprint TEXT;
