-- OpenID Connect: when the person behind a grant had signed in, and what the client wants to find in the ID token of a code.

ALTER TABLE grants ADD COLUMN auth_time BIGINT;
ALTER TABLE codes ADD COLUMN nonce TEXT;
