import { z } from 'zod';
import { specificationSchema } from '../../release/specification/schema.ts';

/** The published JSON Schema of holdpoint.yaml, with its last line ending: what may be written, not what it becomes. */
export function specificationJsonSchema(): string {
  const schema = z.toJSONSchema(specificationSchema, {
    io: 'input',
    unrepresentable: 'any',
    reused: 'inline',
  });
  return `${JSON.stringify(schema, undefined, 2)}\n`;
}
