ALTER TABLE tools ADD COLUMN prompt text NOT NULL DEFAULT '';
UPDATE tools SET prompt = description;
