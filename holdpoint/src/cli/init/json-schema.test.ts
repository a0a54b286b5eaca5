import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { specificationJsonSchema } from './json-schema.ts';

test('the published schema is the one by which specifications are read', () => {
  const published = join(import.meta.dirname, '../../../schema/holdpoint.schema.json');
  // When this fails, run: node scripts/publish-schema.ts
  expect(JSON.parse(readFileSync(published, 'utf8'))).toEqual(JSON.parse(specificationJsonSchema()));
});

test('a misspelt setting is no setting for an editor either', () => {
  const schema = JSON.parse(specificationJsonSchema()) as Record<string, unknown>;
  expect(schema).toMatchObject({
    type: 'object',
    additionalProperties: false,
    required: ['version', 'name', 'target'],
  });
});
