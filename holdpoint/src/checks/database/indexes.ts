import { z } from 'zod';
import { checkId } from '../../kernel/ids.ts';
import type { Evidence } from '../../kernel/verdict.ts';
import type { Session } from '../../system/postgres/connection.ts';
import type { Check } from '../check.ts';
import { readSettings } from '../settings.ts';
import { judgeFaults, notApplicable } from '../verdicts.ts';
import { looking } from './session.ts';

const ID = checkId('database.indexes');

const Settings = z.strictObject({
  /** Rows from which a table is large. */
  largeRows: z.coerce.number().int().positive().default(10_000),
  /** Whole-table reads of a large table below which nothing is said. */
  scans: z.coerce.number().int().nonnegative().default(100),
  /** Names of indexes, constraints and tables that are meant to be so. */
  ignore: z.array(z.string()).default([]),
});

interface IndexFacts {
  readonly total: number;
  readonly invalid: readonly string[];
  /** Each as `one = other`. */
  readonly duplicate: readonly { readonly name: string; readonly same: string }[];
  readonly foreignKeys: readonly { readonly name: string; readonly table: string }[];
  readonly scanned: readonly { readonly name: string; readonly rows: number; readonly share: number }[];
  readonly unused: readonly string[];
}

function judgeIndexes(ignore: readonly string[], facts: IndexFacts): Evidence {
  const meant = (name: string): boolean => !ignore.includes(name);
  const faults = [
    ...facts.invalid.filter(meant).map((name) => `${name} is invalid`),
    ...facts.duplicate
      .filter(({ name }) => meant(name))
      .map(({ name, same }) => `${name} duplicates ${same}`),
    ...facts.foreignKeys
      .filter(({ name }) => meant(name))
      .map(({ name, table }) => `the foreign key ${name} of ${table} has no index`),
    ...facts.scanned
      .filter(({ name }) => meant(name))
      .map(({ name, rows, share }) => `${name} (${rows} rows) is read whole in ${Math.round(share * 100)} %`),
  ];
  const unused = facts.unused
    .filter(meant)
    .map((name) => `${name} was never used since the statistics began`);
  return judgeFaults(
    faults,
    `${facts.total} indexes: 0 invalid, 0 duplicate, every foreign key has one, 0 large tables read whole`,
    {
      ...(unused.length === 0 ? {} : { details: unused }),
      next: 'Build what is missing with CREATE INDEX CONCURRENTLY, and drop what is invalid or double.',
    },
  );
}

const OWN = "n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_toast'";

const QUERIES = {
  total: `select count(*)::int as total from pg_index i join pg_class c on c.oid = i.indexrelid
    join pg_namespace n on n.oid = c.relnamespace where ${OWN}`,
  invalid: `select c.relname::text as name from pg_index i join pg_class c on c.oid = i.indexrelid
    join pg_namespace n on n.oid = c.relnamespace where not i.indisvalid and ${OWN} order by 1`,
  // Two indexes are the same when everything but their name and uniqueness is; the unique one is kept.
  duplicate: `select b.relname::text as name, a.relname::text as same
    from pg_index x join pg_index y on x.indrelid = y.indrelid and x.indexrelid <> y.indexrelid
      and x.indkey::text = y.indkey::text and x.indclass = y.indclass and x.indcollation = y.indcollation
      and x.indoption::text = y.indoption::text
      and coalesce(pg_get_expr(x.indexprs, x.indrelid), '') = coalesce(pg_get_expr(y.indexprs, y.indrelid), '')
      and coalesce(pg_get_expr(x.indpred, x.indrelid), '') = coalesce(pg_get_expr(y.indpred, y.indrelid), '')
      and (x.indisunique and not y.indisunique
        or x.indisunique = y.indisunique and x.indexrelid < y.indexrelid)
    join pg_class a on a.oid = x.indexrelid join pg_class b on b.oid = y.indexrelid and b.relam = a.relam
    join pg_namespace n on n.oid = b.relnamespace where ${OWN} order by 1`,
  foreignKeys: `select k.conname::text as name, c.relname::text as table
    from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
    where k.contype = 'f' and k.conparentid = 0 and ${OWN} and not exists (
      select from pg_index i where i.indrelid = k.conrelid and i.indisvalid and i.indpred is null
        and (i.indkey::int2[])[0:cardinality(k.conkey) - 1] @> k.conkey
        and (i.indkey::int2[])[0:cardinality(k.conkey) - 1] <@ k.conkey)
    order by 1`,
  scanned: `select relname::text as name, n_live_tup::float8 as rows,
      seq_scan::float8 / (seq_scan + coalesce(idx_scan, 0)) as share
    from pg_stat_user_tables where n_live_tup >= $1 and seq_scan > $2
      and seq_scan > coalesce(idx_scan, 0) order by 1`,
  unused: `select s.indexrelname::text as name from pg_stat_user_indexes s
    join pg_index i on i.indexrelid = s.indexrelid
    where s.idx_scan = 0 and not i.indisunique order by 1`,
};

async function measure(
  session: Session,
  { largeRows, scans }: { readonly largeRows: number; readonly scans: number },
): Promise<IndexFacts> {
  const names = (rows: readonly { name: string }[]): readonly string[] => rows.map(({ name }) => name);
  const [total] = await session.query<{ total: number }>(QUERIES.total);
  return {
    total: total?.total ?? 0,
    invalid: names(await session.query(QUERIES.invalid)),
    duplicate: await session.query(QUERIES.duplicate),
    foreignKeys: await session.query(QUERIES.foreignKeys),
    scanned: await session.query(QUERIES.scanned, [largeRows, scans]),
    unused: names(await session.query(QUERIES.unused)),
  };
}

export const indexes: Check = {
  id: ID,
  timeLimit: 30_000,
  run: async (subject, probe) => {
    const settings = readSettings(subject, ID, Settings);
    if (subject.databaseUrl === undefined) return notApplicable('no database is declared');
    return judgeIndexes(
      settings.ignore,
      await looking(subject, probe, (session) => measure(session, settings)),
    );
  },
};
