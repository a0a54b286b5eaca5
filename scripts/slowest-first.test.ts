import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { SLOWEST } from './slowest-first.ts';

it('each suite that is to begin first is still where it is said to be', () => {
  expect(SLOWEST.filter((name) => !existsSync(join(import.meta.dirname, '..', name)))).toEqual([]);
});
