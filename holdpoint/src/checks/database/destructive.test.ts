import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { destructiveStatements } from './destructive.ts';
import { statementsOf, tokenize } from './tokens.ts';

const kinds = (sql: string) => destructiveStatements(sql).map(({ kind }) => kind);

describe('destructive statements', () => {
  it.each([
    ['DROP TABLE users', 'drop'],
    ['drop table if exists "users" cascade;', 'drop'],
    ['DROP MATERIALIZED VIEW totals', 'drop'],
    ['ALTER TABLE tools DROP COLUMN description', 'drop-column'],
    ['ALTER TABLE tools DROP description', 'drop-column'],
    ['ALTER TABLE ONLY app.tools ADD a int, DROP b', 'drop-column'],
    ['TRUNCATE outbox', 'truncate'],
    ['DELETE FROM users', 'delete-all'],
    ['WITH gone AS (DELETE FROM users RETURNING id) SELECT * FROM gone WHERE id > 1', 'delete-all'],
    ['ALTER TABLE tools ALTER COLUMN id TYPE int', 'change-type'],
    ['ALTER TABLE tools ALTER id SET DATA TYPE int USING id::int', 'change-type'],
    ['ALTER TABLE tools RENAME TO things', 'rename'],
    ['ALTER TABLE tools RENAME COLUMN kind TO sort', 'rename'],
    ['ALTER TABLE tools RENAME kind TO sort', 'rename'],
    ['ALTER TABLE tools ADD COLUMN a text NOT NULL', 'not-null'],
    ['ALTER TABLE tools ADD COLUMN a text DEFAULT 1, ADD b text NOT NULL', 'not-null'],
    ['ALTER TABLE tools ALTER COLUMN a SET NOT NULL', 'not-null'],
    ['DO $x$ BEGIN IF true THEN DROP TABLE users; END IF; END $x$', 'drop'],
    ["ALTER TYPE mood RENAME VALUE 'a' TO 'b'", 'rename'],
    ["SELECT E'it\\'s -- ' ; DROP TABLE users", 'drop'],
  ])('%s', (sql, kind) => {
    expect(kinds(sql)).toEqual([kind]);
  });

  it.each([
    '-- DROP TABLE users',
    '/* DROP TABLE a; /* nested */ DROP TABLE b; */ SELECT 1',
    "SELECT 'DROP TABLE users; TRUNCATE x'",
    "SELECT E'a''b\\'; DROP TABLE x; --'",
    "SELECT 'it''s; DROP TABLE x'",
    'SELECT "drop table users" FROM t',
    'CREATE TABLE a (id int REFERENCES users ON DELETE CASCADE, at int NOT NULL)',
    'DELETE FROM users WHERE id = 1',
    'ALTER TABLE tools DROP CONSTRAINT c',
    'ALTER TABLE tools ALTER COLUMN a DROP DEFAULT, ALTER COLUMN b DROP NOT NULL',
    "ALTER TABLE tools ADD COLUMN description text NOT NULL DEFAULT ''",
    'ALTER TABLE tools ADD COLUMN id bigint NOT NULL GENERATED ALWAYS AS IDENTITY',
    'ALTER TABLE tools ALTER a SET DEFAULT 1, ALTER a SET NOT NULL',
    'ALTER TABLE tools ADD CONSTRAINT c CHECK (a IS NOT NULL) NOT VALID',
    'ALTER TABLE tools RENAME CONSTRAINT a TO b',
    'CREATE FUNCTION f() RETURNS void LANGUAGE sql AS $$ DELETE FROM users $$',
    'CREATE TRIGGER t BEFORE TRUNCATE ON users EXECUTE FUNCTION f()',
    'GRANT TRUNCATE ON users TO app',
    'ALTER INDEX a RENAME TO b',
    'DROP INDEX CONCURRENTLY tools_kind',
  ])('none in: %s', (sql) => {
    expect(kinds(sql)).toEqual([]);
  });

  it('are found behind any text that is put in front as a string or a comment', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const quoted = `'${text.replaceAll("'", "''")}'`;
        expect(kinds(`select ${quoted}; drop table users;`)).toEqual(['drop']);
        expect(kinds(`/* ${text.replace(/\/\*|\*\//g, '')} */ drop table users`)).toEqual(['drop']);
        expect(statementsOf(`select ${quoted}`)).toHaveLength(1);
      }),
    );
  });

  it('are read from any text without breaking or standing still', () => {
    fc.assert(fc.property(fc.string(), (text) => void tokenize(text)));
  });
});
