CREATE TABLE outbox (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
  kind text NOT NULL,
  payload jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX outbox_of_user ON outbox (user_id, id);

-- The lock is held until the commit, so ids become visible in their order; without it a reader that has
-- seen id 8 would never ask again for id 7, whose transaction was slower.
CREATE FUNCTION append_event(of_user bigint, of_kind text, with_payload jsonb) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
  event_id bigint;
BEGIN
  PERFORM pg_advisory_xact_lock(724191);
  INSERT INTO outbox (user_id, kind, payload) VALUES (of_user, of_kind, with_payload) RETURNING id INTO event_id;
  PERFORM pg_notify('outbox', '');
  RETURN event_id;
END
$$;

CREATE UNLOGGED TABLE rate_limits (
  key text PRIMARY KEY,
  count int NOT NULL,
  until timestamptz NOT NULL
);
