import { type Data, type DataMap, isList, isMap, mapOf, own, type Path } from '../data.ts';
import { matches } from './patterns.ts';
import { appended } from './sequences.ts';

/** What a later file says instead of an earlier one. */
const REPLACED = [
  'services.*.command',
  'services.*.entrypoint',
  'services.*.healthcheck.test',
  'services.*.post_start.*.command',
];

/**
 * Two compose files in long form as one, by the rules of the compose specification: maps are merged, lists appended
 * with one entry for each port, mount or name, and the words of a command replaced.
 */
export function merge(base: DataMap, over: DataMap, path: Path = []): DataMap {
  const merged = new Map(Object.entries(base));
  for (const [key, value] of Object.entries(over)) {
    const before = own(base, key);
    merged.set(key, before === undefined ? value : mergeValue(before, value, [...path, key]));
  }
  return mapOf(merged);
}

function mergeValue(base: Data, over: Data, path: Path): Data {
  if (String(path.at(-1)).startsWith('x-')) return over;
  if (REPLACED.some((pattern) => matches(path, pattern))) return over;
  if (over === null) return base;
  if (isMap(base) && isMap(over)) {
    if (matches(path, 'services.*.logging') && otherDriver(base, over)) return over;
    return merge(base, over, path);
  }
  if (isList(base) && isList(over)) return appended(base, over, path, merge);
  return over;
}

/** The options of one logging driver mean nothing to another. */
const otherDriver = (base: DataMap, over: DataMap): boolean =>
  base['driver'] !== undefined && over['driver'] !== undefined && base['driver'] !== over['driver'];
