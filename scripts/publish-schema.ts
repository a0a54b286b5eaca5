import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { specificationJsonSchema } from '../holdpoint/src/cli/init/json-schema.ts';

/** Writes the JSON Schema of holdpoint.yaml to where it is published; run it after a change of any settings. */
const folder = join(import.meta.dirname, '..', 'holdpoint', 'schema');
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, 'holdpoint.schema.json'), specificationJsonSchema());
