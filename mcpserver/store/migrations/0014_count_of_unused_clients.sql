-- How many clients wait for their first grant: counting them one by one would cost a registration more the more there are.

CREATE TABLE unused_client_count (clients BIGINT NOT NULL);
INSERT INTO unused_client_count SELECT COUNT(*) FROM clients WHERE unused_since IS NOT NULL;
CREATE TRIGGER unused_client_added AFTER INSERT ON clients WHEN NEW.unused_since IS NOT NULL
BEGIN UPDATE unused_client_count SET clients = clients + 1; END;
CREATE TRIGGER unused_client_removed AFTER DELETE ON clients WHEN OLD.unused_since IS NOT NULL
BEGIN UPDATE unused_client_count SET clients = clients - 1; END;
CREATE TRIGGER unused_client_changed AFTER UPDATE OF unused_since ON clients WHEN (OLD.unused_since IS NULL) <> (NEW.unused_since IS NULL)
BEGIN UPDATE unused_client_count SET clients = clients + CASE WHEN NEW.unused_since IS NULL THEN -1 ELSE 1 END; END;
