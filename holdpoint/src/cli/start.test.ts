import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';

/** Every package that is loaded before a command has been chosen. */
function loadedAtOnce(file: string, seen = new Set<string>()): Set<string> {
  seen.add(file);
  for (const [, type, from = ''] of readFileSync(file, 'utf8').matchAll(
    /^(?:import|export) (type )?[^;]*?from '([^']+)';/gm,
  )) {
    if (type !== undefined) continue;
    if (!from.startsWith('.')) seen.add(from);
    else if (!seen.has(join(dirname(file), from))) loadedAtOnce(join(dirname(file), from), seen);
  }
  return seen;
}

test('help comes at once: before a command is chosen, nothing heavy is loaded', () => {
  const packages = [...loadedAtOnce(join(import.meta.dirname, 'run-cli.ts'))].filter(
    (one) => !one.startsWith('/'),
  );
  expect(packages.sort()).toEqual(['commander', 'fastest-levenshtein']);
});
