import { mkdir, readdir, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { canonicalJson, sha256 } from '../../kernel/canonical.ts';
import { HoldpointError } from '../../kernel/errors.ts';
import { digest } from '../../kernel/ids.ts';
import { readTextIfAny, writeAtomically } from '../../system/files.ts';
import type { Revision } from '../target.ts';
import type { AgedRecord } from './expendable.ts';
import { type Data, type DataMap, without } from './model/data.ts';
import type { ReleaseRecord } from './release.ts';

/** Only its owner may read a record: the environment of the services is in it. */
const MODE = 0o600;
/** Compose leaves keys that begin so alone; the file of a release and what is known of it are one write. */
const KEY = 'x-holdpoint';

const schema = z.object({
  version: z.string(),
  digest: z.string().transform(digest),
  services: z.record(
    z.string(),
    z.object({
      content: z.string().transform(digest),
      image: z.object({
        reference: z.string(),
        id: z.string(),
        pinned: z.string(),
        kept: z.string(),
        digest: z.string().exactOptional(),
      }),
      grace: z.number().exactOptional(),
      needs: z.record(
        z.string(),
        z.enum(['service_started', 'service_healthy', 'service_completed_successfully']),
      ),
    }),
  ),
  adopted: z.object({ at: z.number(), services: z.record(z.string(), z.array(z.string())) }).exactOptional(),
  /** SHA-256 of everything else in the file. */
  seal: z.string(),
});

/** The releases that were resolved here, each an immutable compose file. */
export interface Records {
  /** Absolute path of the compose file of a revision. */
  file(revision: Revision): string;
  /** Undefined when there is none; throws `conflict` when it is not what was written. */
  read(revision: Revision): Promise<ReleaseRecord | undefined>;
  /** Leaves one that is there as it is. */
  write(record: ReleaseRecord): Promise<void>;
  /** Every one that can be read. */
  all(): Promise<readonly ReleaseRecord[]>;
  /** Of those that were read or written by this process. */
  known(revision: Revision): ReleaseRecord | undefined;
  /** Notes when a release was needed last, and whether it served; nothing where it has no record. */
  used(revision: Revision, at: number, served?: 'served'): Promise<void>;
  /** Every one that can be read, with what `used` has noted. */
  aged(): Promise<readonly AgedRecord[]>;
  remove(revision: Revision): Promise<void>;
}

export function records(state: string): Records {
  const folder = join(state, 'compose');
  // A file each, told by its time: several processes may note at once, and none takes back what another one has noted.
  const servings = join(state, 'served');
  const cache = new Map<string, ReleaseRecord>();
  const nameOf = ({ version, digest: sum }: Revision): string => `${encodeURIComponent(version)}-${sum}.json`;
  const read = async (name: string): Promise<ReleaseRecord | undefined> => {
    const text = await readTextIfAny(join(folder, name));
    if (text === undefined) return undefined;
    const record = parse(name, text);
    cache.set(name, record);
    return record;
  };
  const all = async (): Promise<readonly ReleaseRecord[]> => {
    const names = (await readdir(folder).catch(() => [])).filter((name) => /-[0-9a-f]{64}\.json$/.test(name));
    const found = await Promise.all(
      names.map((name) => cache.get(name) ?? read(name).catch(() => undefined)),
    );
    return found.filter((record) => record !== undefined);
  };
  return {
    file: (revision) => join(folder, nameOf(revision)),
    read: (revision) => read(nameOf(revision)),
    async write(record) {
      const name = nameOf(record.revision);
      if ((await read(name)) !== undefined) return;
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await writeAtomically(join(folder, name), sealed(record), MODE);
      cache.set(name, record);
    },
    all,
    known: (revision) => cache.get(nameOf(revision)),
    async used(revision, at, served) {
      const name = nameOf(revision);
      if ((await timeOf(join(folder, name))) === undefined) return;
      await utimes(join(folder, name), at / 1_000, at / 1_000);
      if (served === undefined) return;
      await writeAtomically(join(servings, name), '');
      await utimes(join(servings, name), at / 1_000, at / 1_000);
    },
    async aged() {
      const found = await Promise.all(
        (await all()).map(async (record) => {
          const name = nameOf(record.revision);
          const [used, served] = await Promise.all([
            timeOf(join(folder, name)),
            timeOf(join(servings, name)),
          ]);
          return used === undefined ? [] : [{ record, used, ...(served === undefined ? {} : { served }) }];
        }),
      );
      return found.flat();
    },
    async remove(revision) {
      const name = nameOf(revision);
      cache.delete(name);
      await rm(join(folder, name), { force: true });
      await rm(join(servings, name), { force: true });
    },
  };
}

const timeOf = (path: string): Promise<number | undefined> =>
  stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => undefined,
  );

function sealed({ revision, services, adopted, document }: ReleaseRecord): string {
  const about = { ...revision, services, ...(adopted === undefined ? {} : { adopted }) };
  const data: DataMap = JSON.parse(JSON.stringify(about));
  const seal = sha256(canonicalJson({ ...document, [KEY]: data }));
  return `${JSON.stringify({ ...document, [KEY]: { ...about, seal } }, undefined, 2)}\n`;
}

function parse(name: string, text: string): ReleaseRecord {
  try {
    const whole: DataMap = JSON.parse(text);
    const about = whole[KEY] as DataMap;
    const { version, digest: sum, services, adopted, seal } = schema.parse(about);
    const document: DataMap = without(whole, KEY);
    const unsealed: Record<string, Data> = { ...document, [KEY]: without(about, 'seal') };
    if (sha256(canonicalJson(unsealed)) !== seal) throw new Error('its content is not what its seal says');
    if (!name.endsWith(`-${sum}.json`)) throw new Error('it is the record of another release');
    return {
      revision: { version, digest: sum },
      services,
      ...(adopted === undefined ? {} : { adopted }),
      document,
    };
  } catch (cause) {
    throw new HoldpointError('conflict', `the record ${name} is not as it was written`, {
      cause,
      next: 'Put the file back from a backup of the state folder, or release the version again.',
    });
  }
}
