CREATE TABLE runs (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
  tool_id bigint REFERENCES tools ON DELETE SET NULL,
  upload_id bigint REFERENCES uploads ON DELETE SET NULL,
  kind text NOT NULL,
  prompt text NOT NULL DEFAULT '',
  state text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'running', 'done', 'failed')),
  progress int NOT NULL DEFAULT 0,
  attempts int NOT NULL DEFAULT 0,
  worker text,
  lease_until timestamptz,
  result jsonb,
  error text,
  created_at timestamptz NOT NULL DEFAULT now(),
  finished_at timestamptz
);
CREATE INDEX runs_of_user ON runs (user_id, id);
CREATE INDEX runs_of_tool ON runs (tool_id);
CREATE INDEX runs_of_upload ON runs (upload_id);
CREATE INDEX runs_open ON runs (id) WHERE state IN ('queued', 'running');
