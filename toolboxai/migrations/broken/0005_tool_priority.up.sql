-- no-transaction
ALTER TABLE tools ADD COLUMN priority int NOT NULL DEFAULT 0;
CREATE INDEX CONCURRENTLY tools_by_priority ON tools (user_id, priorty);
