import { posix } from 'node:path';
import { nearest } from '../../../kernel/nearest.ts';
import type { Variables } from '../../../kernel/variables.ts';
import { type DataMap, isMap, mapAt, mapOf, own, textAt, without } from './data.ts';
import { mistake } from './errors.ts';
import { merge } from './merge/merge.ts';
import { takeAway } from './merge/take-away.ts';
import { absolutePath, type ModelFile } from './model-file.ts';
import { REMOTE, type Reading } from './reading.ts';

export interface ExtendsContext {
  readonly reading: Reading;
  readonly variables: Variables;
  /** Where `file:` starts. */
  readonly folder: string;
  /** Services of earlier files, for names that this file does not have. */
  readonly earlier: DataMap;
}

/** The services of a file with all that they extend. Throws `configuration` for a circle, and for what is not there. */
export function extended(file: ModelFile, context: ExtendsContext): DataMap {
  const services = mapAt(file.tree, 'services');
  return mapOf(Object.keys(services).map((name) => [name, resolve(name, file, context, [])]));
}

function resolve(name: string, file: ModelFile, context: ExtendsContext, chain: readonly string[]): DataMap {
  const services = mapAt(file.tree, 'services');
  const service = own(services, name);
  const { source } = file;
  const where = source.at(['services', name, 'extends']);
  const link = `${name} (${posix.basename(source.path)})`;
  const key = `${source.path}\0${name}`;
  if (chain.includes(key)) {
    const circle = [...chain.slice(chain.indexOf(key)), key].map((step) => step.split('\0')[1]);
    throw mistake(
      where,
      `services extend each other in a circle: ${circle.join(' → ')}`,
      `Take 'extends' from one of them, such as ${link}.`,
    );
  }
  if (!isMap(service)) return {};
  const extension = own(service, 'extends');
  if (!isMap(extension)) return service;
  const base = baseOf(textAt(extension, 'service') ?? '', textAt(extension, 'file'), file, where, context, [
    ...chain,
    key,
  ]);
  const mine = [...source.resets, ...source.overrides].filter(
    (path) => path[0] === 'services' && path[1] === name && path.length > 2,
  );
  const kept = takeAway({ services: { [name]: base } }, mine);
  return merge(mapAt(mapAt(kept, 'services'), name), without(service, 'extends'), ['services', name]);
}

function baseOf(
  service: string,
  other: string | undefined,
  file: ModelFile,
  where: string,
  context: ExtendsContext,
  chain: readonly string[],
): DataMap {
  const { reading, variables, folder, earlier } = context;
  if (other === undefined) {
    const services = mapAt(file.tree, 'services');
    if (Object.hasOwn(services, service)) return resolve(service, file, context, chain);
    const before = own(earlier, service);
    if (isMap(before)) return before;
    throw unknown(where, service, [...Object.keys(services), ...Object.keys(earlier)], file.source.path);
  }
  const path = REMOTE.test(other) ? other : absolutePath(other, folder, variables);
  if (path === file.source.path) return baseOf(service, undefined, file, where, context, chain);
  const start = posix.dirname(path);
  const named = reading.named(path, where, start, variables);
  const services = mapAt(named.tree, 'services');
  if (!Object.hasOwn(services, service)) throw unknown(where, service, Object.keys(services), path);
  return resolve(service, named, { ...context, folder: start, earlier: {} }, chain);
}

function unknown(where: string, service: string, known: readonly string[], path: string) {
  const meant = nearest(service, known);
  return mistake(
    where,
    `extends the service '${service}', which ${path} does not have`,
    meant === undefined ? 'Name a service of that file.' : `Did you mean '${meant}'?`,
  );
}
