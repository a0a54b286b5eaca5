import type { Lost, MigrationFindings } from './findings.ts';
import type { Outcome } from './outcome.ts';

export function downWords({ down }: MigrationFindings): string {
  switch (down.kind) {
    case 'proven':
      return 'the down migration brings back schema and rows';
    case 'failed':
      return `the down migration fails: ${down.migration.output.at(-1) ?? `exit status ${down.migration.exitCode ?? 'none'}`}`;
    case 'lossy': {
      const objects = down.differences.map(({ object, change }) => `${object} ${change}`);
      return `the down migration does not bring back what was there: ${shorten([...objects, ...lossWords(down.lost)])}`;
    }
    case 'untried':
      return `the down migration was not tried: ${down.why}`;
  }
}

export function shorten(words: readonly string[]): string {
  const more = words.length > 5 ? ` and ${words.length - 5} more` : '';
  return `${words.slice(0, 5).join('; ')}${more}`;
}

export function oldWords(from: string, outcome: Outcome): readonly string[] {
  switch (outcome.kind) {
    case 'passed':
      return [];
    case 'failed':
      return [`${from} fails on the migrated copy: ${shorten(outcome.faults.map(({ words }) => words))}`];
    case 'unclear':
      return [
        `whether ${from} works on the migrated copy is not known: ${shorten(outcome.faults.map(({ words }) => words))}`,
      ];
    case 'untried':
      return [`${from} was not tried on the migrated copy: ${outcome.why}`];
  }
}

/** What went, one line each; nothing when all is still there. */
export function lossWords({ tables, columns, changed, uncompared }: Lost): readonly string[] {
  return [
    ...tables.map((table) => `the table ${table} is gone`),
    ...columns.map((column) => `the column ${column} is gone`),
    ...changed.map(({ table, rowsBefore, rowsAfter, columns: others }) => {
      if (rowsBefore !== rowsAfter) return `${table} has ${rowsAfter} rows instead of ${rowsBefore}`;
      return `rows of ${table} were changed${others.length === 0 ? '' : ` in ${others.join(', ')}`}`;
    }),
    ...uncompared.map((table) => `${table} was touched, and is too large to be compared`),
  ];
}
