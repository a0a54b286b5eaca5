import { lstat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { HoldpointError } from '../../kernel/errors.ts';
import { writeAtomically } from '../../system/files.ts';
import { done, type Finished } from '../finished.ts';
import { detect } from './detect.ts';
import { draftSpecification } from './draft.ts';
import type { Found } from './found.ts';
import { specificationJsonSchema } from './json-schema.ts';

interface InitOptions {
  readonly file: string;
  readonly write: boolean;
  readonly schema: boolean;
}

/** The name under which `--schema --write` writes. */
const SCHEMA_FILE = 'holdpoint.schema.json';

/** Drafts the specification of what lies in `folder`, or hands out the schema. Throws `conflict` instead of overwriting. */
export async function init(folder: string, { file, write, schema }: InitOptions): Promise<Finished> {
  const found = schema ? undefined : await detect(folder);
  const text = found === undefined ? specificationJsonSchema() : draftSpecification(basename(folder), found);
  const name = schema ? SCHEMA_FILE : file;
  const findings = found === undefined ? {} : { found: foundJson(found) };
  if (!write) return done([text.trimEnd()], { text, ...findings });
  const path = resolve(folder, name);
  if (await exists(path)) {
    throw new HoldpointError('conflict', `${name} is there already`, {
      next: 'Edit it, move it away, or see what would be written without --write.',
    });
  }
  await writeAtomically(path, text);
  const places = text.split('\n').filter((line) => line.includes('FILL IN')).length;
  const hint = places === 0 ? [] : [`${places} places are marked FILL IN; then run \`holdpoint doctor\`.`];
  return done([`Wrote ${name}.`, ...hint], { file: path, places, ...findings });
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

function foundJson({ services, ...rest }: Found) {
  return {
    ...rest,
    services: services.map(({ name, command, port, source }) => ({ name, command, port, source })),
  };
}
