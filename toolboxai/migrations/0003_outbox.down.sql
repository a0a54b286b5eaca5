DROP TABLE rate_limits;
DROP FUNCTION append_event(bigint, text, jsonb);
DROP TABLE outbox;
