/** What a compose file holds: plain data, as JSON has it. */
export type Data = null | boolean | number | string | readonly Data[] | DataMap;

export interface DataMap {
  readonly [key: string]: Data;
}

/** Keys and positions that lead to a value. */
export type Path = readonly (string | number)[];

export const isMap = (value: Data | undefined): value is DataMap =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const isList = (value: Data | undefined): value is readonly Data[] => Array.isArray(value);

/** The map at a key, or an empty one. */
export function mapAt(map: DataMap, key: string): DataMap {
  const value = own(map, key);
  return isMap(value) ? value : {};
}

export function listAt(map: DataMap, key: string): readonly Data[] {
  const value = own(map, key);
  return isList(value) ? value : [];
}

export function textAt(map: DataMap, key: string): string | undefined {
  const value = own(map, key);
  return typeof value === 'string' ? value : undefined;
}

/** Own keys only: a service may be called `constructor`. */
export const own = <Value>(map: Readonly<Record<string, Value>>, key: string): Value | undefined =>
  Object.hasOwn(map, key) ? map[key] : undefined;

/** `__proto__` as a key would be lost in an assignment; `fromEntries` defines it. */
export const mapOf = (entries: Iterable<readonly [string, Data]>): DataMap => Object.fromEntries(entries);

export const mapValues = (map: DataMap, change: (value: Data, key: string) => Data): DataMap =>
  mapOf(Object.entries(map).map(([key, value]) => [key, change(value, key)]));

export const without = (map: DataMap, ...keys: readonly string[]): DataMap =>
  mapOf(Object.entries(map).filter(([key]) => !keys.includes(key)));

export const pick = (map: DataMap, ...keys: readonly string[]): DataMap =>
  mapOf(Object.entries(map).filter(([key]) => keys.includes(key)));

/** Values that were left out stay out. */
export const given = (map: Readonly<Record<string, Data | undefined>>): DataMap =>
  mapOf(Object.entries(map).flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const])));

/** Every string inside, changed. */
export function mapStrings(value: Data, change: (text: string) => string): Data {
  if (typeof value === 'string') return change(value);
  if (isList(value)) return value.map((entry) => mapStrings(entry, change));
  return isMap(value) ? mapValues(value, (entry) => mapStrings(entry, change)) : value;
}
