import type { Session } from '../../system/postgres/connection.ts';

/** Bytes of a table up to which its rows are hashed: about a quarter of a second, twice, on the working server. */
const LARGEST = 64 * 2 ** 20;
/** Bytes in all, so that many such tables cost no more than a few seconds. */
const TOTAL = 512 * 2 ** 20;

export interface NamedTable {
  readonly database: string;
  readonly schema: string;
  readonly table: string;
}

/** Whether a table's fingerprint is wanted. */
export type Fingerprinted = (table: NamedTable & { readonly bytes: number }) => boolean;

/**
 * SQL: a hash of all rows as text, whatever their order: a sum is the same for any, and rows that occur twice count
 * twice. 64 bits a row find every accident; nobody has to fear a forger here.
 */
export const FINGERPRINT = `coalesce(sum(hashtextextended((each_row.*)::text collate "C", 0)), 0)::text`;

/** Text is written in one way, and nobody is waited for who locks a table. */
export async function fingerprintSettings(session: Session): Promise<void> {
  const settings = {
    DateStyle: 'ISO, YMD',
    IntervalStyle: 'postgres',
    TimeZone: 'UTC',
    bytea_output: 'hex',
    extra_float_digits: '1',
    search_path: '',
    lock_timeout: '10s',
  };
  for (const [name, value] of Object.entries(settings)) {
    await session.query('select set_config($1, $2, false)', [name, value]);
  }
}

/** Those of a working server: small ones, until enough was read. */
export function forCounts(): Fingerprinted {
  let left = TOTAL;
  return ({ bytes }) => {
    if (bytes > LARGEST || bytes > left) return false;
    left -= bytes;
    return true;
  };
}
