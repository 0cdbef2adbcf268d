-- How many clients wait for their first grant: counting them one by one would cost a registration more the more there are.

CREATE TABLE unused_client_count (clients BIGINT NOT NULL);
INSERT INTO unused_client_count SELECT COUNT(*) FROM clients WHERE unused_since IS NOT NULL;
CREATE FUNCTION count_unused_clients() RETURNS TRIGGER LANGUAGE plpgsql AS 'BEGIN UPDATE unused_client_count SET clients = clients + TG_ARGV[0]::bigint; RETURN NULL; END';
CREATE TRIGGER unused_client_added AFTER INSERT ON clients FOR EACH ROW WHEN (NEW.unused_since IS NOT NULL) EXECUTE FUNCTION count_unused_clients('1');
CREATE TRIGGER unused_client_removed AFTER DELETE ON clients FOR EACH ROW WHEN (OLD.unused_since IS NOT NULL) EXECUTE FUNCTION count_unused_clients('-1');
CREATE TRIGGER unused_client_waits AFTER UPDATE OF unused_since ON clients FOR EACH ROW WHEN (OLD.unused_since IS NULL AND NEW.unused_since IS NOT NULL) EXECUTE FUNCTION count_unused_clients('1');
CREATE TRIGGER unused_client_settled AFTER UPDATE OF unused_since ON clients FOR EACH ROW WHEN (OLD.unused_since IS NOT NULL AND NEW.unused_since IS NULL) EXECUTE FUNCTION count_unused_clients('-1');
