-- Whoever has another password signs in anew, and the change is one statement.
CREATE TRIGGER password_ends_sessions AFTER UPDATE OF password ON people BEGIN DELETE FROM sessions WHERE person_id = NEW.id; END;
