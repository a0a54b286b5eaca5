import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { EXIT } from '../kernel/errors.ts';
import { EXIT_CODES, exitCodeLines } from './exit-codes.ts';

test('the table has every status with which an error ends, once', () => {
  const statuses = EXIT_CODES.map(({ status }) => status);
  expect(new Set(statuses)).toEqual(new Set([0, ...Object.values(EXIT)]));
  expect(new Set(statuses).size).toBe(statuses.length);
  expect(exitCodeLines()).toHaveLength(statuses.length);
});

test('the reference has the same table', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/reference/exit-codes.md'), 'utf8');
  for (const { status, meaning, errors } of EXIT_CODES) {
    const codes = errors.map((code) => `\`${code}\``).join(', ');
    expect(page).toContain(`| ${status} | ${meaning} |${codes === '' ? '' : ` ${codes}`} |`);
  }
});
