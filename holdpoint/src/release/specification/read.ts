import { basename, dirname, resolve } from 'node:path';
import { sha256 } from '../../kernel/canonical.ts';
import type { Variables } from '../../kernel/variables.ts';
import { readYaml } from '../../system/yaml.ts';
import { readText } from './place.ts';
import { type Specification, specificationSchema } from './schema.ts';

export interface ReadSpecification {
  readonly specification: Specification;
  /** Absolute. */
  readonly file: string;
  readonly folder: string;
  /** SHA-256 of the file as it lies there. */
  readonly digest: string;
}

/**
 * Reads `holdpoint.yaml`. Variables are filled in everywhere but under `target` and `checks`: what a service is started
 * with is filled in when it starts, so that secrets stay out of plans, and a missing one is a check's finding.
 */
export async function readSpecification(path: string, variables: Variables): Promise<ReadSpecification> {
  const file = resolve(path);
  const text = await readText(path);
  const leave = (key: string): boolean => key === 'target' || key === 'checks';
  const specification = readYaml(basename(path), text, specificationSchema, { variables, leave });
  return { specification, file, folder: dirname(file), digest: sha256(text) };
}
