import { join } from 'node:path';

/** The programs of one PostgreSQL. */
export interface Binaries {
  readonly major: number;
  readonly postgres: string;
  readonly initdb: string;
  readonly pgCtl: string;
  /** Where its loadable modules are, such as `amcheck.so`. */
  readonly modules: readonly string[];
}

/** The programs below one installation's root, such as `/usr/lib/postgresql/18`. */
export function binariesBelow(root: string, major: number): Binaries {
  return {
    major,
    postgres: join(root, 'bin', 'postgres'),
    initdb: join(root, 'bin', 'initdb'),
    pgCtl: join(root, 'bin', 'pg_ctl'),
    modules: [join(root, 'lib', 'postgresql'), join(root, 'lib')],
  };
}
