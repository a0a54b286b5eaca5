/** One numbered migration with its way back. */
export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly up: string;
  readonly down: string;
}

export interface Applied {
  readonly version: number;
  /** False after a migration without transaction broke off: the schema is somewhere in between. */
  readonly finished: boolean;
}

export interface Status {
  readonly current: number;
  readonly head: number;
  readonly applied: readonly number[];
  readonly pending: readonly number[];
  /** Begun and broken off. */
  readonly failed: readonly number[];
  /** In the database, but unknown to this release. */
  readonly ahead: readonly number[];
}

/** Pairs `0001_name.up.sql` with its `.down.sql`. Throws on a gap, a duplicate or a missing half. */
export function pairMigrations(files: ReadonlyMap<string, string>): readonly Migration[] {
  const migrations: Migration[] = [];
  for (const [file, up] of [...files].sort(([a], [b]) => a.localeCompare(b))) {
    const match = /^(\d{4})_(.+)\.up\.sql$/.exec(file);
    if (!match) continue;
    const down = files.get(file.replace('.up.sql', '.down.sql'));
    if (down === undefined) throw new Error(`${file} has no .down.sql`);
    const version = Number(match[1]);
    if (version !== migrations.length + 1)
      throw new Error(`${file}: expected number ${migrations.length + 1}, numbers start at 1 without a gap`);
    migrations.push({ version, name: match[2] ?? '', up, down });
  }
  return migrations;
}

/** Compares what a release has with what the database has. */
export function statusOf(migrations: readonly Migration[], applied: readonly Applied[]): Status {
  const finished = applied.filter((row) => row.finished).map((row) => row.version);
  const head = migrations.at(-1)?.version ?? 0;
  return {
    current: Math.max(0, ...finished),
    head,
    applied: finished,
    pending: migrations.map((m) => m.version).filter((version) => !finished.includes(version)),
    failed: applied.filter((row) => !row.finished).map((row) => row.version),
    ahead: applied.map((row) => row.version).filter((version) => version > head),
  };
}

/** True when the file's first line asks to run outside a transaction. */
export function withoutTransaction(sql: string): boolean {
  return /^--\s*no-transaction\b/.test(sql);
}

/** Statements of a migration without transaction, where each must end a line with its semicolon. */
export function splitStatements(sql: string): readonly string[] {
  return sql
    .split(/;[ \t]*(?:\r?\n|$)/)
    .map((statement) => statement.replace(/^\s*(?:--[^\n]*(?:\n|$)\s*)*/, '').trim())
    .filter((statement) => statement !== '');
}
