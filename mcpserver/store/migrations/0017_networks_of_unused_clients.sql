-- From where a client registered itself, as a keyed digest: where there is no room, whoever registered the most makes it.

ALTER TABLE clients ADD COLUMN network TEXT;
CREATE INDEX unused_clients_by_network ON clients (network) WHERE unused_since IS NOT NULL;
