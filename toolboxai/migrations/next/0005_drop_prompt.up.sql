UPDATE tools SET description = prompt WHERE description = '' AND prompt <> '';
ALTER TABLE tools DROP COLUMN prompt;
