import { type Data, type DataMap, isMap, type Path } from '../data.ts';
import { matches } from './patterns.ts';

type MergeMaps = (base: DataMap, over: DataMap, path: Path) => DataMap;

/** What makes two entries of a list the same; the later one takes the place of the earlier. */
const UNIQUE: Readonly<Record<string, (entry: DataMap) => string>> = {
  'services.*.ports': ({ host_ip, published, target, protocol }) =>
    JSON.stringify([host_ip ?? '', published ?? '', target ?? '', protocol ?? 'tcp']),
  'services.*.volumes': ({ target }) => String(target),
  'services.*.devices': ({ target }) => String(target),
  'services.*.secrets': ({ target }) => String(target),
  'services.*.configs': ({ target }) => String(target),
  'services.*.env_file': ({ path }) => String(path),
  'services.*.blkio_config.*': ({ path }) => String(path),
};

/** Entries with the same subnet are one, made of both. */
const ADDRESSES = 'networks.*.ipam.config';

/** The second list behind the first. */
export function appended(
  base: readonly Data[],
  over: readonly Data[],
  path: Path,
  merge: MergeMaps,
): readonly Data[] {
  const pattern = Object.keys(UNIQUE).find((known) => matches(path, known));
  const key = pattern === undefined ? undefined : UNIQUE[pattern];
  const addresses = matches(path, ADDRESSES);
  const found = new Map<string, Data>();
  for (const entry of [...base, ...over]) {
    const name = nameOf(entry, addresses ? ({ subnet }) => String(subnet) : key, found.size);
    const before = found.get(name);
    found.set(name, addresses && isMap(before) && isMap(entry) ? merge(before, entry, path) : entry);
  }
  return [...found.values()];
}

/** Words are the same when they are equal; maps without a key of their own never are. */
function nameOf(entry: Data, key: ((entry: DataMap) => string) | undefined, count: number): string {
  if (!isMap(entry)) return JSON.stringify(entry);
  return key === undefined ? `entry ${count}` : `entry of ${key(entry)}`;
}
