import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { HoldpointError } from '../kernel/errors.ts';
import { duration } from '../kernel/settings.ts';
import { readYaml } from './yaml.ts';

const schema = z.strictObject({
  name: z.string(),
  watch: z.strictObject({ window: duration, interval: duration.optional() }).optional(),
  target: z
    .discriminatedUnion('kind', [z.strictObject({ kind: z.literal('process'), folder: z.string() })])
    .optional(),
  notify: z.array(z.strictObject({ path: z.string() })).optional(),
});

function complaint(text: string): string {
  try {
    readYaml('holdpoint.yaml', text, schema);
  } catch (error) {
    if (error instanceof HoldpointError) return [error.message, ...error.details].join('\n');
    throw error;
  }
  return 'no complaint';
}

describe('readYaml', () => {
  it('hands over what the schema makes of the text', () => {
    expect(readYaml('h.yaml', 'name: a\nwatch: {window: 2h}\n', schema)).toEqual({
      name: 'a',
      watch: { window: 7_200_000 },
    });
  });

  it('names file, line and column of a misspelt key, and the nearest right word', () => {
    expect(complaint('name: a\nwatch:\n  windov: 2h\n  window: 2h\n')).toBe(
      "holdpoint.yaml:3:3 'windov' is not a setting of 'watch'; did you mean 'window'?",
    );
  });

  it('finds a misspelt key inside a list', () => {
    expect(complaint('name: a\nnotify:\n  - pat: x\n    path: y\n')).toContain(
      "holdpoint.yaml:3:5 'pat' is not a setting",
    );
  });

  it('says what is missing and where', () => {
    expect(complaint('watch: {window: 2h}\n')).toBe("holdpoint.yaml:1:1 'name' is missing: expected string");
  });

  it('carries the complaint of a quantity', () => {
    expect(complaint('name: a\nwatch: {window: 2 fortnights}\n')).toMatch(
      /^holdpoint.yaml:2:9 .*is not a duration.*'15m'/,
    );
  });

  it('reports every mistake, not the first alone', () => {
    expect(complaint('nane: a\nwatch: {window: x}\n').split('\n')).toHaveLength(3);
  });

  it('names the place of a syntax error', () => {
    expect(complaint('name: [a\n')).toMatch(/^holdpoint.yaml:\d+:\d+ /);
  });

  it('refuses an unknown kind with those that exist', () => {
    expect(complaint('name: a\ntarget: {kind: proces}\n')).toMatch(/holdpoint.yaml:2:10 .*process/);
  });

  it('fills in variables before the schema sees them, except where they are left', () => {
    const filling = { variables: { WHO: 'a' }, leave: (key: string) => key === 'notify' };
    const text = 'name: $' + '{WHO}\nnotify: [{path: "$' + '{WHERE}"}]\n';
    expect(readYaml('h.yaml', text, schema, filling)).toEqual({
      name: 'a',
      notify: [{ path: '$' + '{WHERE}' }],
    });
  });

  it('names the place of a variable that is not set', () => {
    const filling = { variables: { WHO: 'a' }, leave: () => false };
    expect(() => readYaml('h.yaml', 'name: x\nnotify: [{path: "$' + '{WHOO}"}]\n', schema, filling)).toThrow(
      'h.yaml:2:17 the variable WHOO is not set. Set WHOO in the environment, or write WHO.',
    );
  });

  it('answers every text with a value or a configuration error', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(complaint(text)).toEqual(expect.any(String));
      }),
    );
  });
});
