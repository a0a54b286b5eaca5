import { dirname, isAbsolute, join } from 'node:path';
import { parse } from 'yaml';
import { HoldpointError } from '../kernel/errors.ts';
import { readTextIfAny } from '../system/files.ts';
import type { Subject } from './check.ts';
import { pathOf } from './settings.ts';

/** A value as somebody wrote it into a compose file, with its references unfilled. */
export interface WrittenValue {
  readonly file: string;
  /** `backend`, or what else of the file holds it: `build of backend`, `secrets`. */
  readonly owner: string;
  readonly name: string;
  readonly value: string;
}

/** A secret of a compose file that is a file beside it. */
export interface SecretFile {
  readonly name: string;
  /** Absolute; may still hold references. */
  readonly path: string;
}

export interface ComposeFiles {
  readonly values: readonly WrittenValue[];
  readonly secretFiles: readonly SecretFile[];
}

type Data = Readonly<Record<string, unknown>>;

/**
 * What stands in compose files themselves, each read for itself: what an override takes back is still in the file that
 * it overrides. Throws `not-found` for a file that is not there, `configuration` for one that is no YAML.
 */
export async function readComposeFiles(
  subject: Pick<Subject, 'folder' | 'version'>,
  files: readonly string[],
): Promise<ComposeFiles> {
  const values: WrittenValue[] = [];
  const secretFiles: SecretFile[] = [];
  for (const file of files) {
    const path = pathOf(subject, file);
    const text = await readTextIfAny(path);
    if (text === undefined) throw new HoldpointError('not-found', `there is no compose file ${file}`);
    const document = asData(parsed(file, text));
    values.push(...valuesIn(document).map((one) => ({ file, ...one })));
    for (const [name, secret] of Object.entries(asData(document['secrets']))) {
      const written = asData(secret)['file'];
      if (typeof written !== 'string') continue;
      const named = unescaped(written);
      secretFiles.push({ name, path: isAbsolute(named) ? named : join(dirname(path), named) });
    }
  }
  return { values, secretFiles };
}

function valuesIn(document: Data): Omit<WrittenValue, 'file'>[] {
  const services = Object.entries(asData(document['services'])).flatMap(([service, written]) => {
    const { environment, build } = asData(written);
    return [
      ...pairsOf(environment).map((pair) => ({ owner: service, ...pair })),
      ...pairsOf(asData(build)['args']).map((pair) => ({ owner: `build of ${service}`, ...pair })),
    ];
  });
  const contents = (['secrets', 'configs'] as const).flatMap((kind) =>
    Object.entries(asData(document[kind])).flatMap(([name, written]) => {
      const { content } = asData(written);
      return typeof content === 'string' ? [{ owner: kind, name, value: content }] : [];
    }),
  );
  return [...services, ...contents];
}

/** `{ NAME: value }` or `[NAME=value]`; what has no value is taken from the host. */
function pairsOf(written: unknown): readonly { readonly name: string; readonly value: string }[] {
  const pairs: readonly (readonly [string, unknown])[] = Array.isArray(written)
    ? written.flatMap((line: unknown) => {
        const [, name, value] = /^([^=]+)=(.*)$/s.exec(String(line)) ?? [];
        return name === undefined ? [] : [[name, value] as const];
      })
    : Object.entries(asData(written));
  return pairs.flatMap(([name, value]) =>
    value === null || value === undefined ? [] : [{ name, value: unescaped(String(value)) }],
  );
}

/** `$NAME` as `${NAME}`, which is how everything here writes a reference; a doubled dollar sign is one that is meant. */
const unescaped = (text: string): string =>
  text.replace(/\$\$|\$([A-Za-z_]\w*)/g, (whole, name: string | undefined) =>
    name === undefined ? whole.slice(1) : `\${${name}}`,
  );

function parsed(file: string, text: string): unknown {
  try {
    // Merge keys are how compose files share blocks. Its own tags, such as !reset, are no fault; `silent` would keep
    // quiet about a file that is cut off, too.
    return parse(text, { merge: true, logLevel: 'error' });
  } catch (cause) {
    throw new HoldpointError('configuration', `the compose file ${file} cannot be read`, { cause });
  }
}

const asData = (value: unknown): Data =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Data) : {};
