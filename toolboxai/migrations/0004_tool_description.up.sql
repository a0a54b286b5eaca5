ALTER TABLE tools ADD COLUMN description text NOT NULL DEFAULT '';
